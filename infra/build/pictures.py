"""Take pictures of what reps read in every language: `make pictures`.

One contact sheet per language, below `docs/mails/`: each mail as a phone of 360 points shows it,
and its text beside it; and one of the list of leads in all of them. A headless Chromium takes them;
nothing else here can.
"""

import html
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import which

from PIL import Image

from infra.build.made_up_pages import leads_page_in
from infra.cli.made_up_mails import every_mail, mail_in
from shared.domain.languages import Language
from shared.messages.mail import Mail

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "mails"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PHONE = 360  # points
IN_A_ROW = 3
COLOURS = 64  # enough for what is black, white and green

_SHEET = """<!doctype html><html lang="{language}"><meta charset="utf-8"><title>-</title><style>
body {{ margin: 0; padding: 16px; width: {width}px; background: #d9d6cc; columns: {columns};
  column-gap: 16px; font: 13px/1.5 Helvetica, Arial, sans-serif; }}
section {{ break-inside: avoid; margin: 0 0 16px; background: #fff; }}
h2 {{ margin: 0; padding: 8px 12px; font-size: 13px; background: #1d2528; color: #fff; }}
h2 span {{ opacity: .6; }}
iframe {{ display: block; width: {phone}px; border: 0; }}
pre {{ margin: 0; padding: 12px; white-space: pre-wrap; overflow-wrap: anywhere;
  font: 11px/1.5 monospace; }}
</style>{mails}<script>
addEventListener("load", () => {{
  for (const frame of document.querySelectorAll("iframe"))
    frame.style.height = frame.contentDocument.documentElement.scrollHeight + "px";
  document.title = document.documentElement.scrollHeight;
}});
</script></html>"""
_PAGE = """<section><h2>{name}</h2><iframe srcdoc="{html}"></iframe></section>"""
_MAIL = """<section><h2><span>{name}</span> {subject}</h2>
<iframe srcdoc="{html}"></iframe></section><section><h2><span>{name}, as text</span></h2>
<pre>{text}</pre></section>"""


def main() -> None:
    """Make them anew."""
    browser = next(filter(None, map(which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"leadwheel: pictures need a Chromium on the PATH: one of {', '.join(BROWSERS)}")
    PICTURES.mkdir(parents=True, exist_ok=True)
    for language in Language:
        shown = "".join(_shown(name, mail_in(language, name)) for name in every_mail())
        _make(browser, language, sheet(language, shown, IN_A_ROW), IN_A_ROW)
    lists = "".join(
        _PAGE.format(name=language, html=html.escape(leads_page_in(language)))
        for language in Language
    )
    _make(browser, "leads", sheet(Language.EN, lists, len(Language)), len(Language))


def _make(browser: str, name: str, page: str, in_a_row: int) -> None:
    picture = PICTURES / f"{name}.png"
    take(browser, page, picture, in_a_row)
    print(f"{picture.relative_to(ROOT)}  {picture.stat().st_size / 1000:.0f} kB")


def sheet(language: Language, shown: str, in_a_row: int) -> str:
    """All of these sections on one page."""
    width = in_a_row * PHONE + (in_a_row - 1) * 16
    return _SHEET.format(language=language, width=width, columns=in_a_row, phone=PHONE, mails=shown)


def _shown(name: str, mail: Mail) -> str:
    parts = (mail.subject, mail.html, mail.text)
    subject, page, text = map(html.escape, parts)
    return _MAIL.format(name=name, subject=subject, html=page, text=text)


def take(browser: str, page: str, picture: Path, in_a_row: int) -> None:
    """A picture of the whole page; how high that is, the page says itself."""
    width = in_a_row * PHONE + (in_a_row + 1) * 16
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sheet.html"
        file.write_text(page, encoding="utf-8")

        def run(*how: str) -> str:
            # No sandbox: it shows nothing but our own page, and is not to be had in containers.
            common = [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--disable-lcd-text",
            ]
            command = [browser, *common, f"--user-data-dir={folder}/profile", *how, file.as_uri()]
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
            return done.stdout

        found = re.search(r"<title>(\d+)</title>", run(f"--window-size={width},1000", "--dump-dom"))
        if found is None:
            sys.exit("leadwheel: the browser did not show the page")
        run(f"--window-size={width},{found[1]}", f"--screenshot={picture}")
    with Image.open(picture) as taken:
        few = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(picture, optimize=True)


if __name__ == "__main__":
    main()
