/** Starts the web view: one app, one channel, one root component. */
import { mount } from "svelte";

import { App } from "./lib/app.svelte";
import { client } from "./lib/ipc/client";
import Window from "./routes/Window.svelte";
import "./styles/tokens.css";
import "./styles/base.css";

const target = document.getElementById("app");
if (target !== null) {
  const app = new App(client, localStorage, sessionStorage);
  mount(Window, { target, props: { app } });
}
