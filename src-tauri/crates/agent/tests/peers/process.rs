//! The parent's end of the child that is Keyfob with a clock of its own.

use crate::child::{ORDERS, Orders, WORD};
use crate::parent::LIMIT;
use crate::visitor::{Says, Visitor};
use crate::world::World;
use keyfob_test_support::peers::Server;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// A running child. It is killed when a test fails before it has ended.
pub(crate) struct Keyfob {
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    seen: Vec<String>,
}

impl Keyfob {
    /// Starts it over a data directory, knowing the client of one server.
    pub(crate) fn start(world: &World, server: &Server, data_dir: &Path) -> Self {
        let orders = Orders {
            data_dir: data_dir.to_owned(),
            config_dir: world.config_dir(),
            provider: server.slug().to_owned(),
            client_id: server.client_id.clone(),
            client_secret: server.client_secret.clone(),
        };
        let mut command = world.desktop.command(std::env::current_exe().unwrap());
        command
            .args(["--exact", "obeys_its_parent", "--nocapture"])
            .env(ORDERS, serde_json::to_string(&orders).unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut child = Command::from(command).kill_on_drop(true).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            child,
            input,
            lines,
            seen: Vec::new(),
        }
    }

    /// Tells it a line.
    pub(crate) async fn tell(&mut self, line: &str) {
        let line = format!("{line}\n");
        self.input.write_all(line.as_bytes()).await.unwrap();
    }

    /// Waits for a line that begins so, and gives the rest of it.
    pub(crate) async fn says(&mut self, start: &str) -> String {
        let said = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                let Some((_, line)) = line.split_once(WORD) else {
                    continue;
                };
                if let Some(rest) = line.strip_prefix(start) {
                    return rest.trim().to_owned();
                }
                self.seen.push(line.to_owned());
            }
            panic!("it ended without {start:?}; it said {:#?}", self.seen);
        };
        let said = tokio::time::timeout(LIMIT, said).await;
        said.unwrap_or_else(|_| panic!("it never says {start:?}"))
    }

    /// Signs in, the user allowing it, and gives the connection's id.
    pub(crate) async fn connect(&mut self) -> String {
        self.tell("connect").await;
        let url = self.says("open ").await;
        let callback = Visitor::new().sign_in(&url, Says::Yes).await;
        Visitor::new().open(&callback).await;
        let connection = self.says("connection ").await;
        let (id, rest) = connection.split_once(' ').unwrap();
        assert_eq!(rest, "1 active");
        id.to_owned()
    }

    /// Kills it as the kernel does that is out of memory.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    pub(crate) async fn quit(mut self) {
        self.tell("quit").await;
        let ended = tokio::time::timeout(LIMIT, self.child.wait()).await;
        assert!(ended.unwrap().unwrap().success());
    }
}
