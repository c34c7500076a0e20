"""The trace in an error answer: found wherever it stands, told by exception and innermost frame, read in no time."""

import json
import time

import pytest

from pipeline.messages import Reply
from stages.score.signature import answer_text
from stages.score.traces import excerpt, server_fault, shows_trace
from tests.unit.score.test_score_signature import PYTHON, reply

PAGE = """<!doctype html>
<html lang=en><head><title>{title}
 // Debugger</title><style>p {{ color: red }}</style><script>var KeyError = 1;</script></head>
<body><h1>Oh no</h1><div class="frames">{frames}</div><p>Brought to you by a framework.</p></body></html>
"""
FRAME = '<div>File <cite class="filename">"/srv/{file}"</cite>,\n line <em>17</em>, in <code>{function}</code></div>'


def page(title, *functions, status=500):
    frames = "".join(FRAME.format(file="app.py", function=function) for function in functions)
    body = PAGE.format(title=title, frames=frames).encode()
    return Reply(status=status, headers=[("Content-Type", "text/html")], body=body)


def test_a_page_is_read_as_a_browser_shows_it():
    """No tags, scripts and styles, and entities are characters; the title is what went wrong."""
    shown = page("TypeError: &#39;int&#39; is no &lt;list&gt;")
    assert server_fault(shown, None) == "500 TypeError: <text> is no <list> // Debugger"
    assert answer_text(shown).splitlines() == ["TypeError: 'int' is no <list>", "// Debugger", "Oh no", "Brought to you by a framework."]
    assert server_fault(page("Not today"), None) == "500 Not today // Debugger"


def test_of_a_long_trace_its_first_line_and_its_end_are_shown():
    """What lies between is the framework's."""
    lines = excerpt(page("TypeError: no", *["call"] * 50, "find")).splitlines()
    ends = ["Brought to you by a framework."]
    assert lines == ["TypeError: no", "…", 'File "/srv/app.py", line 17, in find', *ends]
    assert excerpt(page("TypeError: no", "call", "find")).splitlines()[3:5] == [
        f'File "/srv/app.py", line 17, in {n}' for n in ("call", "find")
    ]
    told = PAGE.format(
        title="TypeError: no", frames=FRAME.format(file="app.py", function="find") * 50 + "<pre>TypeError: no\nof\nit\nPIN:</pre>"
    )
    shown = Reply(status=500, headers=[("Content-Type", "text/html")], body=told.encode())
    assert excerpt(shown).splitlines()[2:] == ['File "/srv/app.py", line 17, in find', "TypeError: no", "of", "it"]
    assert excerpt(reply(b"x" * 3000)) == "x" * 1000
    assert len(excerpt(reply(PYTHON[:60] + b"y" * 2000 + PYTHON), 1000)) <= 1005


def test_the_trace_on_a_page_is_known_by_its_innermost_frame():
    """However long it is: an error of one line is one cause whatever it says, and another line is another."""
    one, other = page("TypeError: &#39;int&#39;", *["call"] * 900, "find"), page("TypeError: &#39;str&#39;", *["call"] * 800, "find")
    assert server_fault(one, None) == server_fault(other, None) == "500 TypeError in app.py:find"
    assert server_fault(page("TypeError: no", "call", "keep"), None) == "500 TypeError in app.py:keep"


@pytest.mark.parametrize(
    "text",
    [
        "a." * 130_000,
        "a:" * 130_000,
        "<" * 260_000,
        "<!doctype html>" + "<script" * 37_000,
        "<html>" + "<script>" * 32_000,
        "<html>" + "<!--" * 60_000,
        "<html>" + "<!---->" * 30_000,
        "<html>" + "\n " * 100_000,
        "<html>" + " " * 250_000 + "x",
        "<html>&#" + "9" * 200_000,
        "\n" * 250_000,
        "at (" * 60_000,
        'File "' * 40_000,
        "goroutine " + "f(" * 120_000,
        "goroutine 1 [running]:\n" + "f(\n" * 60_000,
        "goroutine 1 [running]:\n" + "f(x)\n\t" * 30_000,
        "goroutine 1 [running]:\n" + "f()\n\t" + "a/" * 120_000,
        "goroutine 1 [running]:\nf()\n" + " " * 250_000,
        "goroutine 1 [running]:\n" + ("f()\n" + " " * 900 + "\n") * 250,
    ],
)
def test_a_hostile_answer_is_read_in_no_time(text):
    """Bodies made to keep pattern matching busy."""
    began = time.process_time()
    server_fault(reply(text.encode()), None)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("parameters", [0, 20, 300])
def test_what_stands_around_a_trace_does_not_count(parameters):
    """Pages of debuggers show the request and the settings behind the trace: one fault is one, however much that is."""
    frames = "".join(FRAME.format(file="app.py", function=name) for name in ("call", "_get_response", "find"))
    rows = "".join(f"<tr><td>parameter{n}</td><td>'value {n}'</td></tr>" for n in range(parameters))
    before = "<ul>" + "".join(f"<li>menu {n}</li>" for n in range(700)) + "</ul>"
    body = PAGE.format(
        title="TypeError at /a", frames=f"{before}{frames}<p>TypeError: no</p><table>{rows}</table><p>KeyError in settings</p>"
    )
    answer = reply(body.encode())
    assert (server_fault(answer, None), shows_trace(answer)) == ("500 TypeError in app.py:find", True)


@pytest.mark.parametrize("hidden", ["<!--\n{}\n-->", "<script>var trace = `\n{}`;</script>"])
def test_a_trace_that_a_page_hides_is_one(hidden):
    """In a comment or a script, where no browser shows it."""
    trace = (PYTHON % (10, b"a", b"a")).decode()
    answer = reply(f"<!doctype html><html><body><h1>Error</h1>{hidden.format(trace)}</body></html>".encode())
    assert server_fault(answer, None) == "500 ValueError in storage.py:create"
    assert shows_trace(answer)
    assert "Traceback" not in answer_text(answer)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<tr><td>abc</td><td>ValueError</td></tr>", "abc  ValueError"),
        ("<p>" + "\u0130" * 30 + "</p><script>var a;</script><h1>KeyError</h1><p>rest</p>", "\u0130" * 30 + "\nKeyError\nrest"),
        ("<p>a</p><svg width=1/><p>b</p>", "a\nb"),
        ("<p>a</p><script>never closed <p>b</p>", "a"),
        ("<p>&#65;&#x42;&lt;&#" + "9" * 5000 + ";</p>", "AB<\ufffd"),
        ("<p>1 < 2 <b>and</b> so</p>", "1 < 2 and so"),
    ],
)
def test_what_a_browser_makes_of_it(body, text):
    """Cells apart, letters that grow when made small, elements that end where they begin or never, references to no character."""
    assert answer_text(reply(f"<!doctype html><html><body>{body}</body></html>".encode())) == text


def test_a_trace_in_json_is_one():
    """Under a name for traces, however long; what stands beside it does not count."""
    java = "java.lang.NullPointerException: no\n" + "".join(f"\tat com.shop.Items.m{n}(Items.java:{n})\n" for n in range(900))
    assert (
        server_fault(reply(json.dumps({"status": 500, "trace": java}).encode()), None)
        == "500 java.lang.NullPointerException in Items.java:com.shop.Items.m0"
    )


GO = """{said}
goroutine 4{number} [running]:
runtime/debug.Stack()
\t/usr/local/go/src/runtime/debug/stack.go:26 +0x5e
main.recovered.func1.1()
\t/srv/shop/recover.go:21 +0xc5
panic({{0x78f5e0?, 0x835af0?}})
\t/usr/local/go/src/runtime/panic.go:860 +0x13a
{frames}github.com/shop/api/v2.(*Server[...]).Find({{0xc{number}?, 0x841e00?}}, 0xc00061)
\t/srv/shop/api/find.go:1{number} +0x7c9
net/http.HandlerFunc.ServeHTTP(0xc000188?, {{0x83b710?, 0x3a2f?}}, 0x9?)
\t/usr/local/go/src/net/http/server.go:2286 +0x29
created by net/http.(*Server).Serve in goroutine 1
\t/usr/local/go/src/net/http/server.go:3464 +0x485
"""
GO_RUNTIME = "runtime.goPanicIndex(0x64, 0x64)\n\t/usr/local/go/src/runtime/panic.go:115 +0x74\n"
GO_AGAIN = "main.closed.func1()\n\t/srv/shop/close.go:9 +0x11\npanic({0x1?, 0x2?})\n\t/usr/local/go/src/runtime/panic.go:860 +0x13a\n"


def go(said, number=1, frames=""):
    return Reply(status=500, headers=[("Content-Type", "text/plain")], body=GO.format(said=said, number=number, frames=frames).encode())


@pytest.mark.parametrize(
    ("said", "frames", "told"),
    [
        ("panic: no more", "", "panic"),
        ("panic: runtime error: index out of range [100] with length 100", GO_RUNTIME, "panic: index out of range"),
        ("runtime error: integer divide by zero", "", "panic: integer divide by zero"),
        ("interface conversion: interface {} is nil, not string", GO_AGAIN, "panic: interface conversion"),
    ],
)
def test_a_panic_of_go_is_told_by_the_function_that_panicked(said, frames, told):
    """Not by what recovered from it and wrote the trace, nor by the runtime; addresses, lines and the values of its words do not count."""
    one, other = go(said, 1, frames), go(said.replace("100", "7").replace("is nil", "is bool"), 2, frames)
    assert server_fault(one, None) == server_fault(other, None) == f"500 {told} in find.go:v2.(*Server[...]).Find"
    assert shows_trace(one)


@pytest.mark.parametrize("name", ["createPet", "deletePet"])
def test_a_stack_of_go_without_a_panic_is_told_by_its_words(name):
    """Where an error was written says nothing of where it came from."""
    stack = "goroutine 9 [running]:\nruntime/debug.Stack()\n\t/go/stack.go:26 +0x5e\nmain.writeError()\n\t/srv/errors.go:21 +0xc5\n"
    answer = Reply(
        status=500,
        headers=[("Content-Type", "application/json")],
        body=json.dumps({"error": f"db: {name} failed", "stack": stack}).encode(),
    )
    assert server_fault(answer, None) == f"500 db: {name} failed"
    assert not shows_trace(answer)


def test_words_of_go_without_a_frame_are_no_trace():
    """What names a goroutine shows no place in the code."""
    assert not shows_trace(reply(b"goroutine 7 [running]: see the log"))
    assert not shows_trace(reply(b"the goroutine pool is full (12)\nat main.go:5"))
