"""The pages and pictures in docs/soak, from the figures that are kept there as JSON."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from tests.soak.figures import reach

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "soak"
Figures = dict[str, Any]

INK, PALE = "#1d2528", "#c9c5ba"
COLOURS = (
    *("#1f6f5c", "#d08c2e", "#3d6fa8", "#a8433f", "#7a5c99", "#5b8a3a"),
    *("#b06a8c", "#4d9aa8", "#8a7a4a", "#6b6f72", "#c45f3c"),
)
OWED_EVERY = 20.0  # seconds
PERCENTILES = {"p50": COLOURS[0], "p95": COLOURS[1], "p99": COLOURS[3]}

STYLE: Any = {
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": plt.cycler(color=COLOURS),
    "grid.color": "#eeeae0",
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "lines.linewidth": 1.3,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "leadwheel",  # the same figures make the same file
}


def keep(what: str, figures: Figures) -> None:
    """Keep the figures of a run, in place of the last one's."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_rounded(figures), indent=None, separators=(",", ":"), ensure_ascii=False)
    (FOLDER / f"{what}.json").write_text(text.replace('},"', '},\n"') + "\n", encoding="utf-8")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value


def write(*wanted: str) -> None:
    """Make these pages, of those whose figures are there."""
    writers: dict[str, Callable[[Figures], str]] = {"soak": soak_page, "load": load_page}
    with mpl.rc_context(STYLE):
        for what in wanted:
            file = FOLDER / f"{what}.json"
            if file.exists():
                text = writers[what](json.loads(file.read_text(encoding="utf-8")))
                (FOLDER / f"{what}.md").write_text(text, encoding="utf-8")


@contextmanager
def _picture(name: str, rows: int, columns: int = 1, *, high: float = 2.4) -> Iterator[list[Axes]]:
    figure, axes = plt.subplots(rows, columns, figsize=(9, high * rows), squeeze=False)
    yield list(axes.flat)
    figure.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


# ── The soak ─────────────────────────────────────────────────────────────────────────────────────


def soak_page(figures: Figures) -> str:
    """The day's page; draws its pictures."""
    _draw_arrivals(figures)
    _draw_latency(figures)
    _draw_fairness(figures)
    _draw_backlog(figures)
    _draw_memory(figures)
    counts, memory = figures["counts"], figures["memory"]
    lines = [
        "# One day",
        "",
        (
            f"Made by `make soak` on {figures['made']}: {figures['minutes']:g} minutes, seed"
            f" {figures['seed']}, on a machine with {figures['machine']}."
            " [How it is done, and how to read it](../soak.md)."
        ),
        "",
        *_promises(figures),
        "",
        "## What happened",
        "",
        (
            f"- {counts['sent']:,} sendings and {counts['repeats']:,} repeats became"
            f" {counts['leads']:,} leads; {counts['requests']:,} requests in all."
        ),
        (
            f"- {sum(counts['kills'].values())} workers were killed ({_listed(counts['kills'])}),"
            f" {counts['under a request']} of them just after somebody had begun to send;"
            f" {counts['tries in vain']} tries got a 5xx or no answer, and"
            f" {counts['tries more']} tries more of the senders answered theirs."
        ),
        (
            f"- {counts['mails']:,} mails about leads; {counts['too late']:,} assignments were over"
            f" before theirs could go. {counts['webhooks']:,} webhooks."
        ),
        (
            f"- The emulator and the functions used {figures['processor']:,.0f} seconds of"
            f" processor time, {figures['processor'] / counts['sent']:.2f} for each sending and all"
            " that followed from it."
        ),
        f"- Leads at the end: {_listed(counts['statuses'])}.",
        f"- Steps: {_listed(counts['steps'])}.",
        f"- Partners were told: {_listed(counts['partners'])}.",
        f"- Reps' requests, with their answers: {_listed(counts['reps'])}.",
        f"- Odd input: {_listed(counts['odd'])}.",
        f"- Dead letters: {_listed(counts['dead letters']) or 'none'}.",
        "",
        "## Arrivals",
        "",
        "![Arrivals by source](arrivals.svg)",
        "",
        (
            "Marks at the top are kills, dashed lines are configurations applied, the band is the"
            " time without kills, and behind the day is what it took to become quiet. Applied were:"
            f" {'; '.join(what for _, what in figures['applied']) or 'none'}."
        ),
        "",
        "## Latency",
        "",
        "![Latency over the day](latency.svg)",
        "",
        "| seconds | p50 | p95 | p99 | most | leads |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            _latency_row(label, figures[name])
            for name, label in (
                ("answer", "POST to answer"),
                ("owner", "POST to owner"),
                ("mail", "POST to mail"),
            )
        ),
        "",
        "## Fairness",
        "",
        "![What each rep is owed, and got](fairness.svg)",
        "",
        (
            f"The band reaches from the least to the most that any rep was owed in each"
            f" {OWED_EVERY:g} seconds; the dashed lines are one lead. The fair share is what each"
            " turn's weights gave to those who could take its leads."
        ),
        "",
        "## Backlog",
        "",
        "![What waits](backlog.svg)",
        "",
        "## Memory",
        "",
        "![Memory](memory.svg)",
        "",
        (
            "In the second half of the time without kills (the band), the worker that grew most"
            f" grew by {memory['largest growth']:.1f} MB. The emulator grew by"
            f" {memory['per change'][0]:.0f} kB for each change of a lead in the first half of the"
            f" changes and by {memory['per change'][1]:.0f} kB in the second, and by"
            f" {memory['rest']:.1f} MB at rest in the end: it keeps every record of the stream, log"
            " line, mail and request."
        ),
        "",
    ]
    return "\n".join(lines)


def _promises(figures: Figures) -> list[str]:
    rows = ["| promise | checked | broken |", "|---|---:|---:|"]
    for promise in figures["promises"]:
        broken = len(promise["broken"])
        rows.append(
            f"| {promise['what']} | {promise['checked']:,} | {f'**{broken}**' if broken else 0} |"
        )
    told = [
        f"- {promise['what']}: {line.splitlines()[0]}"
        for promise in figures["promises"]
        for line in promise["broken"][:3]
    ]
    return [*rows, "", *told] if told else rows


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name or '–'} {count:,}" for name, count in counts.items() if count)


def _latency_row(label: str, timed: Figures) -> str:
    whole = timed["whole"]
    cells = " | ".join(f"{whole[name]:.2f}" for name in ("p50", "p95", "p99", "most"))
    return f"| {label} | {cells} | {timed['count']:,} |"


def _marks(axes: Axes, figures: Figures) -> None:
    """Kills at the top, configurations as lines, and where the day ends."""
    for at, _, _ in figures["kills"]:
        axes.axvline(at / 60, ymin=0.97, color=COLOURS[3], linewidth=0.7)
    for at, _ in figures["applied"]:
        axes.axvline(at / 60, color=INK, linewidth=0.7, linestyle=(0, (4, 4)), alpha=0.5)
    axes.axvspan(figures["minutes"], figures["ended"] / 60, color="#f3f1ea", zorder=0)
    axes.axvspan(*(at / 60 for at in figures["peace"]), color="#eef4f1", zorder=0)
    axes.set_xlim(0, figures["ended"] / 60)
    axes.set_xlabel("minutes")


def _lines(axes: Axes, series: dict[str, Any], **how: Any) -> None:
    for name, points in series.items():
        axes.plot([x / 60 for x, _ in points], [y for _, y in points], label=name, **how)


def _draw_arrivals(figures: Figures) -> None:
    with _picture("arrivals", 1, high=3.4) as (axes,):
        slots = sorted({at for points in figures["arrivals"].values() for at, _ in points})
        heights = [
            [dict(map(tuple, points)).get(at, 0.0) for at in slots]
            for points in figures["arrivals"].values()
        ]
        names = list(figures["arrivals"])
        axes.stackplot(
            [at / 60 for at in slots], heights, labels=names, colors=COLOURS, linewidth=0
        )
        _marks(axes, figures)
        axes.set_title("Sendings a second, by source")
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))


def _draw_latency(figures: Figures) -> None:
    shown = {"answer": "POST to answer", "owner": "POST to owner", "mail": "POST to mail"}
    with _picture("latency", len(shown)) as every:
        for axes, (name, title) in zip(every, shown.items(), strict=True):
            for percentile, points in figures[name]["over time"].items():
                colour = PERCENTILES[percentile]
                _lines(axes, {percentile: points}, color=colour)
            axes.set_yscale("log")
            _marks(axes, figures)
            axes.set_ylabel("seconds")
            axes.set_title(title)
            axes.yaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
        every[0].legend(loc="upper left", bbox_to_anchor=(1, 1))


def _draw_fairness(figures: Figures) -> None:
    pools = figures["fairness"]
    with _picture("fairness", len(pools), 2) as every:
        for number, (pool, told) in enumerate(pools.items()):
            owed, bars = every[2 * number], every[2 * number + 1]
            _draw_owed(owed, told["owed"], figures["quiet"])
            owed.set_title(f"{pool}: the most and the least owed")
            _draw_shares(bars, told)
            bars.set_title(f"{pool}: leads received")


def _draw_owed(axes: Axes, owed: dict[str, Any], until: float) -> None:
    """A band, as some thousand steps of a handful of reps make one anyhow."""
    band = reach(owed.values(), OWED_EVERY, until)
    minutes = [at / 60 for at, _, _ in band]
    low, high = [least for _, least, _ in band], [most for _, _, most in band]
    axes.fill_between(minutes, low, high, step="post", color=COLOURS[0], linewidth=0)
    for lead in (-1, 1):
        axes.axhline(lead, color=INK, linewidth=0.7, linestyle=(0, (4, 4)), alpha=0.5)
    axes.set_ylim(min(-1.25, *low), max(1.25, *high))
    axes.set_ylabel("leads")
    axes.set_xlabel("minutes")
    axes.set_xlim(0, until / 60)


def _draw_shares(axes: Axes, told: Figures) -> None:
    reps = list(told["owed"])
    shown = (("received", told["got"], -0.2, COLOURS[0]), ("fair share", told["ideal"], 0.2, PALE))
    for label, counts, aside, colour in shown:
        heights = [counts.get(rep, 0) for rep in reps]
        places = [place + aside for place in range(len(reps))]
        axes.bar(places, heights, 0.4, label=label, color=colour)
    axes.set_xticks(range(len(reps)), reps)
    axes.set_ylim(top=1.25 * axes.get_ylim()[1])
    axes.legend(ncols=2, loc="upper right")


def _draw_backlog(figures: Figures) -> None:
    with _picture("backlog", 2) as (waits, late):
        shown = {
            "leads without a decision": figures["backlog"]["unrouted"],
            "assignments without a mail": figures["backlog"]["unmailed"],
        }
        _lines(waits, shown)
        waits.set_title("Leads that wait")
        behind = {"due, and not done": figures["overdue"], "our own people, late": figures["late"]}
        _lines(late, behind)
        late.set_title("What is late")
        for axes in (waits, late):
            _marks(axes, figures)
            axes.set_ylim(bottom=0)
            axes.legend(loc="upper left")


def _draw_memory(figures: Figures) -> None:
    with _picture("memory", 2) as (emulator, workers):
        _lines(emulator, {"emulator": figures["memory"]["emulator"]})
        emulator.set_title("The emulator, which keeps everything")
        _lines(workers, figures["memory"]["workers"])
        workers.set_title("The largest worker of each function")
        workers.legend(loc="upper left", bbox_to_anchor=(1, 1))
        for axes in (emulator, workers):
            _marks(axes, figures)
            axes.set_ylabel("MB")
            axes.set_ylim(bottom=0)


# ── Load ─────────────────────────────────────────────────────────────────────────────────────────


def load_page(figures: Figures) -> str:
    """The page of rising rates; draws its picture."""
    _draw_load(figures)
    return "\n".join(
        [
            "# Load",
            "",
            (
                f"Made by `make load` on {figures['made']}, on a machine with {figures['machine']}."
                " [How it is done, and how to read it](../soak.md#load)."
            ),
            "",
            *_promises(figures),
            "",
            "![Latency by rate](load.svg)",
            "",
            *_load_table(figures["steps"]),
            "",
            (
                f"{figures['knee']} All {figures['leads']:,} leads had somebody, who was mailed,"
                f" {figures['drained']:.0f} s after the last was sent."
            ),
            "",
        ]
    )


def _load_table(steps: Iterable[Figures]) -> list[str]:
    head = "| sent a second | answered a second | answer p50 | p95 | p99 | owner p50 | p95 | p99 |"
    rows = [head, "|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for step in steps:
        timed = [step[name][p] for name in ("answer", "owner") for p in PERCENTILES]
        cells = " | ".join(f"{value:.2f}" for value in timed)
        rows.append(f"| {step['rate']:g} | {step['answered']:.1f} | {cells} |")
    return [*rows, "", "Latencies are in seconds, from the moment a lead was to be sent."]


def _draw_load(figures: Figures) -> None:
    steps = figures["steps"]
    rates = [step["rate"] for step in steps]
    with _picture("load", 1, 3, high=3) as every:
        for axes, (name, title) in zip(
            every, {"answer": "To the answer", "owner": "To the owner"}.items(), strict=False
        ):
            for percentile, colour in PERCENTILES.items():
                values = [step[name][percentile] for step in steps]
                axes.plot(rates, values, marker="o", markersize=3, label=percentile, color=colour)
            axes.set_yscale("log")
            axes.set_title(f"{title}, seconds")
            axes.yaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
            axes.legend(loc="upper left")
        every[2].plot(rates, rates, color=PALE, label="sent")
        every[2].plot(
            rates, [step["answered"] for step in steps], marker="o", markersize=3, label="answered"
        )
        every[2].set_title("A second")
        every[2].legend(loc="upper left")
        for axes in every:
            axes.set_xlabel("sent a second")
            axes.set_xscale("log")
            axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
            axes.minorticks_off()
