//! Every fault.

use super::bytes::{
    BOMB, HTML, JSON, PAGE, half, headed, in_two_minutes, length, redirect, rest, status, whole,
    with_body,
};
use super::fault::{
    ERROR, Fault, MALFORMED, OVERLOADED, TOO_LARGE, Told, UNREACHABLE, UNREADABLE, WORKS, What,
    fault, on_the_way_back,
};
use super::message::Answer;

pub(crate) const FAULTS: &[Fault] = &[
    // Connections.
    fault("refused", "51, 62", UNREACHABLE, What::Refuse),
    fault("reset-before-headers", "59, 62", UNREACHABLE, What::Reset),
    fault("closed-without-answer", "59, 62", UNREACHABLE, What::Close),
    on_the_way_back("answer-lost", "62, 107", UNREACHABLE, What::Reset),
    on_the_way_back(
        "reset-after-headers",
        "46, 62",
        MALFORMED,
        What::SendAndReset(|answer, _| length(answer, answer.body.len(), b"")),
    ),
    on_the_way_back("cut-in-body", "46, 62", MALFORMED, What::Send(half)),
    on_the_way_back(
        "reset-in-body",
        "46, 62",
        MALFORMED,
        What::SendAndReset(half),
    ),
    fault("hang", "47, 59", UNREACHABLE, What::Hang(|_, _| Vec::new())).for_ever(),
    on_the_way_back("hang-in-body", "47, 59", UNREACHABLE, What::Hang(half)).for_ever(),
    on_the_way_back(
        "byte-a-second",
        "47, 59",
        UNREACHABLE,
        What::Drip(|answer, _| whole(answer)),
    )
    .for_ever(),
    on_the_way_back(
        "headers-without-end",
        "47, 59",
        UNREACHABLE,
        What::Hang(|answer, _| answer.head.clone().into_bytes()),
    )
    .for_ever(),
    // Framing (RFC 9112).
    on_the_way_back(
        "length-too-long",
        "46",
        MALFORMED,
        What::Send(|answer, _| length(answer, answer.body.len() + 1, &answer.body)),
    ),
    on_the_way_back(
        "two-lengths",
        "46",
        UNREACHABLE,
        What::Send(|answer, _| {
            let head = format!("{}content-length: 1\r\n", answer.head);
            let answer = Answer {
                head,
                body: answer.body.clone(),
            };
            whole(&answer)
        }),
    ),
    on_the_way_back(
        "bad-chunking",
        "46",
        MALFORMED,
        What::Send(|answer, _| {
            let body = [b"zz\r\n", answer.body.as_slice()].concat();
            headed(answer, "transfer-encoding: chunked\r\n", &body)
        }),
    ),
    on_the_way_back(
        "chunks-without-end",
        "46",
        MALFORMED,
        What::Send(|answer, _| {
            let size = format!("{:x}\r\n", answer.body.len());
            let body = [size.as_bytes(), &answer.body, b"\r\n"].concat();
            headed(answer, "transfer-encoding: chunked\r\n", &body)
        }),
    ),
    on_the_way_back(
        "http-1.0",
        "46",
        WORKS,
        What::Send(|answer, _| {
            let head = answer.head.replacen("HTTP/1.1", "HTTP/1.0", 1);
            [head.as_bytes(), b"\r\n", &answer.body].concat()
        }),
    ),
    fault(
        "continue-only",
        "59",
        UNREACHABLE,
        What::Send(|_, _| b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
    ),
    fault(
        "header-too-long",
        "47",
        UNREACHABLE,
        What::Send(|_, _| {
            let long = "x".repeat(1024 * 1024);
            status("200 OK", &format!("x-long: {long}\r\n"), b"{}")
        }),
    ),
    fault(
        "garbage",
        "59, 62",
        UNREACHABLE,
        What::Send(|_, _| b"\x00\x01\x02 what?\r\n\r\n".to_vec()),
    ),
    // A TLS alert: handshake failure (RFC 8446 §6).
    fault(
        "tls-on-plain-port",
        "62",
        UNREACHABLE,
        What::Send(|_, _| b"\x15\x03\x03\x00\x02\x02\x28".to_vec()),
    ),
    // Sizes.
    fault(
        "ten-megabytes",
        "47",
        TOO_LARGE,
        What::Send(|_, _| status("200 OK", JSON, &vec![b' '; 10 * 1024 * 1024])),
    ),
    fault(
        "gzip-bomb",
        "47",
        TOO_LARGE,
        What::Send(|_, _| {
            status(
                "200 OK",
                "content-type: application/json\r\ncontent-encoding: gzip\r\n",
                &BOMB,
            )
        }),
    ),
    on_the_way_back(
        "gzip-in-name-only",
        "46",
        MALFORMED,
        What::Send(|answer, _| {
            let head = format!("{}content-encoding: gzip\r\n", answer.head);
            whole(&Answer {
                head,
                body: answer.body.clone(),
            })
        }),
    ),
    // Redirects to another host (RFC 9700 §4.12).
    fault(
        "redirect-301",
        "41, 49",
        MALFORMED,
        What::Send(|_, to| redirect("301 Moved", to)),
    ),
    fault(
        "redirect-302",
        "41, 49, 62",
        MALFORMED,
        What::Send(|_, to| redirect("302 Found", to)),
    ),
    fault(
        "redirect-307",
        "41, 49",
        MALFORMED,
        What::Send(|_, to| redirect("307 There", to)),
    ),
    fault(
        "redirect-308",
        "41, 49",
        MALFORMED,
        What::Send(|_, to| redirect("308 There", to)),
    ),
    // Statuses.
    fault(
        "429-seconds",
        "59, 60",
        OVERLOADED,
        What::Send(|_, _| rest("120")),
    ),
    fault(
        "429-date",
        "59, 60",
        OVERLOADED,
        What::Send(|_, _| rest(&in_two_minutes())),
    ),
    fault(
        "429-garbage",
        "59, 60",
        OVERLOADED,
        What::Send(|_, _| rest("soon")),
    ),
    fault(
        "500",
        "59, 62",
        ERROR,
        What::Send(|_, _| status("500 Oh", HTML, PAGE)),
    ),
    fault(
        "502",
        "59, 62",
        ERROR,
        What::Send(|_, _| status("502 Bad Gateway", HTML, PAGE)),
    ),
    fault(
        "503",
        "59, 62, 69",
        ERROR,
        What::Send(|_, _| status("503 Later", "", b"")),
    ),
    fault(
        "504",
        "59, 62",
        ERROR,
        What::Send(|_, _| status("504 Timeout", HTML, PAGE)),
    ),
    fault(
        "empty-400",
        "48",
        Told {
            reading: "question_rejected",
            ..ERROR
        },
        What::Send(|_, _| status("400 Bad Request", "", b"")),
    ),
    fault(
        "no-content",
        "46, 69",
        UNREADABLE,
        What::Send(|_, _| b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_vec()),
    ),
    // Bodies.
    fault(
        "captive-portal",
        "46, 62",
        UNREADABLE,
        What::Send(|_, _| status("200 OK", HTML, PAGE)),
    ),
    fault(
        "empty-200",
        "46",
        UNREADABLE,
        What::Send(|_, _| status("200 OK", "", b"")),
    ),
    on_the_way_back(
        "bom",
        "46",
        UNREADABLE,
        What::Send(|answer, _| {
            with_body(answer, [b"\xef\xbb\xbf", answer.body.as_slice()].concat())
        }),
    ),
    on_the_way_back(
        "duplicate-keys",
        "46",
        UNREADABLE,
        What::Send(|answer, _| {
            let inner = &answer.body[1..answer.body.len() - 1];
            with_body(answer, [b"{", inner, b",", inner, b"}"].concat())
        }),
    ),
    on_the_way_back(
        "nul",
        "46",
        UNREADABLE,
        What::Send(|answer, _| with_body(answer, [answer.body.as_slice(), b"\0"].concat())),
    ),
    on_the_way_back(
        "wrong-content-type",
        "46",
        // An API's answer is judged by what it is: whatever isn't its JSON is refused.
        Told {
            reading: "-",
            ..UNREADABLE
        },
        What::Send(|answer, _| {
            let lines = answer.head.split_inclusive("\r\n");
            let head: String = lines
                .filter(|line| !line.starts_with("content-type:"))
                .collect();
            headed(
                &Answer {
                    head,
                    body: Vec::new(),
                },
                HTML,
                &answer.body,
            )
        }),
    ),
];
