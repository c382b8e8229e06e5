"""Requests to copy: complete, and working once their placeholder is replaced."""

import json
from collections.abc import Callable, Mapping
from html import escape as html_escape
from typing import Any
from xml.sax.saxutils import escape as xml_escape

from shared.domain.description import Body, DescribedField, Proof, Sample
from shared.sources.names import fold

KEY = "YOUR_KEY"
SECRET = "whsec_YOUR_SECRET"  # noqa: S105 (what stands where the secret goes)


# ── Bodies ───────────────────────────────────────────────────────────────────────────────────────


def json_body(values: Mapping[str, Any]) -> Body:
    """Names and values as JSON."""
    text = json.dumps(values, ensure_ascii=False, indent=2)
    return Body("application/json", text, dict(values))


def adf_body(values: Mapping[str, str | bool]) -> Body:
    """Names and values as an ADF document; what ADF has no place for stands under its own name."""
    left = {name: _plain(value) for name, value in values.items()}

    def take(name: str, head: str, tail: str) -> str:
        text = left.pop(name, "")
        return f"{head}{xml_escape(text)}{tail}\n" if text else ""

    product = take("product", "    <vehicle><model>", "</model></vehicle>")
    contact = "".join(
        take(name, f"        {head}", tail)
        for name, head, tail in (
            ("first_name", '<name part="first">', "</name>"),
            ("last_name", '<name part="last">', "</name>"),
            ("name", '<name part="full">', "</name>"),
            ("company", '<name type="business">', "</name>"),
            ("email", "<email>", "</email>"),
            ("phone", "<phone>", "</phone>"),
        )
    )
    address = "".join(
        take(name, f"          <{tag}>", f"</{tag}>")
        for name, tag in (
            ("region", "regioncode"),
            ("postal_code", "postalcode"),
            ("country", "country"),
        )
    )
    if address:
        contact += f"        <address>\n{address}        </address>\n"
    comments = take("message", "      <comments>", "</comments>")
    own_id = take("id", "    <id>", "</id>")
    beside = "".join(take(name, f"    <{_tag(name)}>", f"</{_tag(name)}>") for name in list(left))
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<adf>\n  <prospect>\n{own_id}{product}'
        f"    <customer>\n      <contact>\n{contact}      </contact>\n{comments}    </customer>\n"
        f"{beside}  </prospect>\n</adf>"
    )
    return Body("application/xml", text, {})


def _tag(name: str) -> str:
    return name.replace(" ", "_")


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# ── curl ─────────────────────────────────────────────────────────────────────────────────────────


def curl(address: str, body: Body, proof: Proof) -> Sample:
    """For a POSIX shell; a signature is made with openssl."""
    if proof.by == "signature":
        return Sample("curl", _signing_curl(address, body))
    headers = {
        "key": f"Authorization: Bearer {KEY}",
        "shared_key": f"X-Leadwheel-Key: {KEY}",
    }
    lines = [f"curl {_quoted(address)}"]
    if proof.by in headers:
        lines.append(f"--header {_quoted(headers[proof.by])}")
    lines += [
        f"--header {_quoted(f'Content-Type: {body.content_type}')}",
        f"--data-raw {_quoted(body.text)}",
    ]
    return Sample("curl", " \\\n  ".join(lines))


def _quoted(text: str) -> str:
    """For a shell, to which nothing in single quotes means anything."""
    inner = text.replace("'", "'\\''")
    return f"'{inner}'"


def _signing_curl(address: str, body: Body) -> str:
    return f"""\
SECRET={_quoted(SECRET)}
BODY={_quoted(body.text)}
ID="msg_$(openssl rand -hex 12)"
TIME="$(date +%s)"
KEY="$(printf %s "${{SECRET#whsec_}}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')"
SIGNATURE="$(printf %s "$ID.$TIME.$BODY" |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | openssl base64 -A)"
curl {_quoted(address)} \\
  --header "webhook-id: $ID" \\
  --header "webhook-timestamp: $TIME" \\
  --header "webhook-signature: v1,$SIGNATURE" \\
  --header {_quoted(f"Content-Type: {body.content_type}")} \\
  --data-raw "$BODY\""""


# ── Python ───────────────────────────────────────────────────────────────────────────────────────


def python(address: str, body: Body, proof: Proof) -> Sample:
    """With nothing but the standard library."""
    signs = proof.by == "signature"
    modules = ["json", "urllib.error", "urllib.request"]
    if signs:
        modules += ["base64", "hmac", "time", "uuid"]
    imports = "".join(f"import {module}\n" for module in sorted(modules))
    secret = {"key": f'KEY = "{KEY}"\n', "signature": f'SECRET = "{SECRET}"\n'}.get(proof.by, "")
    return Sample(
        "Python",
        f"{imports}\n{secret}{_python_body(body)}"
        f"{_SIGNING if signs else ''}\n"
        "request = urllib.request.Request(\n"
        f"    {_python_text(address)},\n"
        "    data=body,\n"
        f"    headers={{{_python_headers(body, proof)}}},\n"
        ")\n"
        "try:\n"
        "    answer = urllib.request.urlopen(request, timeout=30)\n"
        "except urllib.error.HTTPError as problem:\n"
        "    answer = problem  # its body says what is wrong\n"
        "print(answer.status, json.load(answer))",
    )


_SIGNING = """
message_id, timestamp = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
signed = f"{message_id}.{timestamp}.".encode() + body
key = base64.b64decode(SECRET.removeprefix("whsec_"))
signature = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
"""


def _python_body(body: Body) -> str:
    if not body.members:
        return f'body = """\\\n{_in_triple_quotes(body.text)}\n""".encode()\n'
    members = "".join(
        f"    {_python_text(name)}: {value if isinstance(value, bool) else _python_text(value)},\n"
        for name, value in body.members.items()
    )
    return f"lead = {{\n{members}}}\nbody = json.dumps(lead).encode()\n"


def _python_headers(body: Body, proof: Proof) -> str:
    shown = {
        "key": ['"Authorization": f"Bearer {KEY}"'],
        "signature": [
            '"webhook-id": message_id',
            '"webhook-timestamp": timestamp',
            '"webhook-signature": f"v1,{signature}"',
        ],
    }.get(proof.by, [])
    lines = [*shown, f'"Content-Type": "{body.content_type}"']
    return "".join(f"\n        {line}," for line in lines) + "\n    "


def _python_text(text: str) -> str:
    """A JSON text in ASCII is a Python text too."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _in_triple_quotes(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────────


def html_form(
    address: str,
    fields: list[DescribedField],
    consent: str,
    honeypot: str | None,
    started_field: str | None,
    redirect: str | None,
) -> Sample:
    """A page's form with these fields; it needs no script, but for the time it was shown."""
    lines = [f'<form method="post" action="{html_escape(address)}" accept-charset="utf-8">']
    lines += [f"  {_labelled(field, consent)}" for field in fields]
    if honeypot:
        lines.append(
            f'  <div style="position: absolute; left: -99em" aria-hidden="true">\n'
            f'    <input name="{html_escape(honeypot)}" tabindex="-1" autocomplete="off">\n'
            "  </div>"
        )
    if started_field:
        lines.append(
            f'  <input type="hidden" name="{html_escape(started_field)}">\n'
            "  <script>document.currentScript.previousElementSibling.value = Date.now()</script>"
        )
    if redirect:
        lines.append(f'  <input type="hidden" name="redirect_to" value="{html_escape(redirect)}">')
    return Sample("HTML", "\n".join([*lines, "  <button>Send</button>", "</form>"]))


def _labelled(field: DescribedField, consent: str) -> str:
    name = html_escape(field.name)
    needed = " required" if field.required else ""
    if fold(field.name) == "consent":
        text = html_escape(consent or "You may contact me about this request.")
        return f'<label><input type="checkbox" name="{name}" value="yes"{needed}> {text}</label>'
    draw = _CONTROLS.get(field.name, _text_control)
    control = _choice(field, needed) if field.values else draw(name, needed)
    return f"<label>{html_escape(_label(field.name))} {control}</label>"


def _label(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _choice(field: DescribedField, needed: str) -> str:
    options = "".join(f"<option>{html_escape(value)}</option>" for value in field.values)
    empty = "" if field.required else "<option></option>"
    return f'<select name="{html_escape(field.name)}"{needed}>{empty}{options}</select>'


def _text_control(name: str, needed: str) -> str:
    return f'<input name="{name}"{needed}>'


_CONTROLS: Mapping[str, Callable[[str, str], str]] = {
    "email": lambda name, needed: f'<input type="email" name="{name}"{needed}>',
    "phone": lambda name, needed: f'<input type="tel" name="{name}"{needed}>',
    "message": lambda name, needed: f'<textarea name="{name}" rows="5"{needed}></textarea>',
}
