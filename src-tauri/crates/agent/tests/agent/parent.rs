//! The agent's parent: writes commands, reads answers and events, and keeps everything it saw.

use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How long anything may take; generous, because tests share few cores.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A running agent. It is killed when a test fails before it has ended by itself.
pub(crate) struct Parent {
    child: Child,
    input: Option<ChildStdin>,
    lines: mpsc::UnboundedReceiver<String>,
    events: VecDeque<Value>,
    stdout: Arc<Mutex<String>>,
    stderr: watch::Receiver<String>,
    next_id: i64,
}

impl Parent {
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the agent starts");
        let (sender, lines) = mpsc::unbounded_channel();
        let stdout = Arc::new(Mutex::new(String::new()));
        let (output, seen) = (child.stdout.take().unwrap(), stdout.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.push_str(&line);
                seen.push('\n');
                // The test may have ended already.
                let _ = sender.send(line);
            }
        });
        let (sender, stderr) = watch::channel(String::new());
        let mut errors = child.stderr.take().unwrap();
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = errors.read(&mut chunk) {
                let text = String::from_utf8_lossy(&chunk[..read]).into_owned();
                sender.send_modify(|all| all.push_str(&text));
            }
        });
        let input = child.stdin.take();
        Self {
            child,
            input,
            lines,
            events: VecDeque::new(),
            stdout,
            stderr,
            next_id: 0,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Writes bytes to the agent as they are.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    /// Sends a command and gives its id; the answer is waited for elsewhere.
    pub(crate) fn send(&mut self, name: &str, fields: Value) -> i64 {
        self.next_id += 1;
        let mut command = fields;
        command["id"] = json!(self.next_id);
        command["command"] = json!(name);
        self.write(format!("{command}\n").as_bytes());
        self.next_id
    }

    /// Sends a command and gives what it came to.
    pub(crate) async fn ask(&mut self, name: &str, fields: Value) -> Result<Value, Value> {
        let id = self.send(name, fields);
        self.answer_to(&json!(id)).await
    }

    /// Gives the answer that carries this id: the result, or the error. Events are kept.
    pub(crate) async fn answer_to(&mut self, id: &Value) -> Result<Value, Value> {
        loop {
            let mut line = self.next_line().await.expect("an answer comes first");
            match line.get("id") {
                None => self.events.push_back(line),
                Some(found) => {
                    assert_eq!(found, id, "{line}");
                    return match line.get_mut("result") {
                        Some(result) => Ok(result.take()),
                        None => Err(line["error"].take()),
                    };
                }
            }
        }
    }

    /// Gives the next event. An answer that comes first is a mistake.
    pub(crate) async fn event(&mut self) -> Value {
        if let Some(event) = self.events.pop_front() {
            return event;
        }
        let line = self.next_line().await.expect("an event comes");
        assert_eq!(line.get("id"), None, "{line}");
        line
    }

    /// Gives the next line, or nothing when the agent has closed its output.
    pub(crate) async fn next_line(&mut self) -> Option<Value> {
        let line = tokio::time::timeout(LIMIT, self.lines.recv()).await;
        let line = line.unwrap_or_else(|_| panic!("no line came; {}", self.stderr()))?;
        Some(serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")))
    }

    /// Waits until the agent has written this to its standard error.
    pub(crate) async fn complains(&self, text: &str) {
        let mut stderr = self.stderr.clone();
        let seen = stderr.wait_for(|all| all.contains(text));
        let seen = tokio::time::timeout(LIMIT, seen).await;
        assert!(
            matches!(seen, Ok(Ok(_))),
            "{text} wasn't said: {}",
            self.stderr()
        );
    }

    /// Everything it has written to its standard output.
    pub(crate) fn stdout(&self) -> String {
        self.stdout
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Everything it has written to its standard error.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.borrow().clone()
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.pid()).unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Ends the input, as a parent does that is gone.
    pub(crate) fn close_input(&mut self) {
        self.input = None;
    }

    /// Waits for the end of the output and the process, and gives the lines that were left.
    pub(crate) async fn end(&mut self) -> (ExitStatus, Vec<Value>) {
        let mut rest = Vec::from(std::mem::take(&mut self.events));
        while let Some(line) = self.next_line().await {
            rest.push(line);
        }
        // The output has ended, so it is about to.
        (self.child.wait().unwrap(), rest)
    }

    /// Says `quit` and waits for the end, which has to be a clean one.
    pub(crate) async fn quit(mut self) -> Self {
        self.ask("quit", json!({})).await.unwrap();
        let (status, rest) = self.end().await;
        assert!(status.success(), "{status}: {}", self.stderr());
        assert_eq!(rest, Vec::<Value>::new());
        self
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the agent said:\n{}{}", self.stdout(), self.stderr());
        }
        // It has ended already unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
