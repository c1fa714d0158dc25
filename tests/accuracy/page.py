"""docs/accuracy.md: tables of figures, and words that follow from them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib.resources import files
from typing import Any

from tests.accuracy.data import LANGUAGES, MESSAGES, TARGETS, TEXTS, Data, Figure
from tests.accuracy.measure import Engine, ends, found

TOLERANCE = 0.005
"""A figure within this of its target counts as met."""

Measured = Mapping[tuple[str, str], dict[str, Any]]
"""Figures by file and engine's title."""

HEAD = """# How often Heard is right

Made by `make accuracy` on {day}; do not edit. `heard evaluate FILE` gives the same figures for any labelled file, and
`heard evaluate` alone gives them for your own desk's labels, which are the ones to trust.

**Read this first.** All figures are of *development* data: public texts by which methods were chosen, so expect a little
less on new ones. Headline figures take the most likely label of every row, also where Heard would have said nothing;
"answered" is the share on which it speaks, and "right there" is its accuracy on those. Square brackets are 95 % intervals
(by resampling; Wilson's for shares). Macro-recall and macro-F1 weigh negative, neutral and positive alike; r is Pearson's.
A file is read as what it is (tweets, reviews, news), as a source is in use. Licence R means research terms: such data
are evaluated and train nothing that ships. {mark} marks a file that trained the engine: its figure says how well it was
learned, not how well it does on new texts.
"""


def page(
    measured: Measured, engines: Sequence[Engine], matchers: Sequence[Engine], baselines: Mapping[str, Any], day: date
) -> str:
    """The whole page; the same but for the day when nothing has changed."""
    trained = trained_on()
    parts = [HEAD.format(day=day.isoformat(), mark="†")]
    parts.append("## Engines\n\n" + "\n".join(_engines(engines)))
    for title, words, group in (
        ("Tone of a text", TONE_WORDS, TEXTS),
        ("Tone toward a target", TARGET_WORDS, TARGETS),
    ):
        parts.append(f"## {title}\n\n{words}\n\n" + "\n".join(_by_engine(group, measured, engines, baselines, trained)))
    parts.append(f"## Messages\n\n{MESSAGE_WORDS}\n\n" + "\n".join(_plain(MESSAGES, measured, matchers)))
    parts.append(f"## Languages\n\n{LANGUAGE_WORDS}\n\n" + "\n".join(_plain(LANGUAGES, measured, engines[:1])))
    parts.append("\n".join(_languages(measured, engines[0])))
    parts.append("## Targets\n\n" + "\n".join(_targets(measured, engines, matchers[0], trained)))
    parts.append("## What trained the engines\n\n" + "\n".join(_sources()))
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


TONE_WORDS = """Whole texts, handles and links masked, sentences read one by one. "Published baseline" is VADER on the
whole text, as it was measured before Heard; "VADER" is Heard's reading with the VADER engine."""

TARGET_WORDS = """The text is read as a mention of the target at the place that the file names. The baseline is VADER on the
whole sentence, which cannot tell two targets apart."""

MESSAGE_WORDS = """Does the text make the point? mAP is the official figure of the ArgKP-2021 task: each text's best key
point, the surer half of the texts, average precision times the share that is right. Precision and recall are of the
outcomes full and partial as they are shown in digests: they are set to be seldom wrong, and so miss most that is said
in quite other words. Baselines measured before Heard (argkp_dev, strict / relaxed): fuzzy token ratio .245 / .414; TF-IDF
with the topic's own idf .475 / .693; MiniLM cosine .434 / .695."""

LANGUAGE_WORDS = """py3langid with a prior over languages and rules of letters, none of it fitted to these data; py3langid alone
reaches accuracy .923 and macro-F1 .953. A text in a language that no engine reads has no tone; digests count it as not
scored."""


def trained_on() -> Mapping[str, frozenset[str]]:
    """By model file, the names of the data files that trained it."""
    found_ = {}
    for name, about in _abouts():
        names = (str(source.get("file", "")) for source in about.get("sources", ()))
        found_[name] = frozenset(one.rpartition("/")[2].removesuffix(".tsv") for one in names)
    return found_


def _abouts() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What each bundled model file says of itself."""
    folder = files("bot.engines").joinpath("models")
    if folder.is_dir():
        for entry in sorted(folder.iterdir(), key=lambda one: one.name):
            if entry.name.endswith(".json.gz"):
                yield entry.name, json.loads(gzip.decompress(entry.read_bytes())).get("about", {})


def _engines(engines: Sequence[Engine]) -> Iterator[str]:
    for engine in engines:
        one = engine.readers.engine
        some = f"; at most {engine.most:,} rows of a file, evenly spread, for it is slow" if engine.most else ""
        yield f"- **{engine.title}**: `{one.name}` {one.version}, reads {', '.join(sorted(one.languages))}{some}."


def _by_engine(
    group: Sequence[Data], measured: Measured, engines: Sequence[Engine], baselines: Mapping[str, Any],
    trained: Mapping[str, frozenset[str]],
) -> Iterator[str]:  # fmt: skip
    titles = [engine.title for engine in engines]
    yield f"| data | what it is, licence | texts | figure | published baseline | {' | '.join(titles)} |"
    yield f"|---|---|---:|---|---:|{'---:|' * len(titles)}"
    for data in group:
        n = measured.get((data.name, titles[0]), {}).get("n")
        for figure in data.figures:
            cells = [_cell(measured, data, figure, engine, trained) for engine in engines]
            size = "absent" if n is None else f"{n:,}"
            baseline = _baseline(baselines, figure)
            yield f"| {data.name} | {data.kind}; {data.licence} | {size} | {figure.name} | {baseline} | {' | '.join(cells)} |"
    yield ""
    yield f"Answered, and right there (class-labelled files):\n\n| data | {' | '.join(titles)} |"
    yield f"|---|{'---|' * len(titles)}"
    for data in group:
        if measured.get((data.name, titles[0]), {}).get("accuracy") is not None:
            yield f"| {data.name} | {' | '.join(_said(measured.get((data.name, title), {})) for title in titles)} |"


def _cell(measured: Measured, data: Data, figure: Figure, engine: Engine, trained: Mapping[str, frozenset[str]]) -> str:
    figures = measured.get((data.name, engine.title), {})
    told = _value(figures, figure)
    return f"{told}†" if told != "–" and _learned(engine, data, trained) else told


def _learned(engine: Engine, data: Data, trained: Mapping[str, frozenset[str]]) -> bool:
    """Whether the file trained the engine; VADER's is no trained model."""
    return engine.readers.engine.name != "vader" and any(data.name in names for names in trained.values())


def _unseen(data: Data, figure: Figure) -> float | None:
    """What fits reach that did not see the text, where a model file tells it of one of its own files."""
    told = (about.get("unseen", {}).get(data.file.removesuffix(".tsv"), {}) for _, about in _abouts())
    return next((one["/".join(figure.path)] for one in told if "/".join(figure.path) in one), None)


def _said(figures: Mapping[str, Any]) -> str:
    if figures.get("coverage") is None:
        return "–"
    right = figures.get("selective_accuracy")
    return f"{figures['coverage']:.0%}, {'–' if right is None else f'{right:.3f}'}"


def _baseline(baselines: Mapping[str, Any], figure: Figure) -> str:
    if figure.baseline is None:
        return "–"
    value = baselines.get(figure.baseline[0], {}).get(figure.baseline[1])
    if value is None:  # some keys name the method last
        value = baselines.get(f"{figure.baseline[0]}|vader", {}).get(figure.baseline[1])
    return "–" if value is None else f"{value:.3f}"


def _plain(group: Sequence[Data], measured: Measured, columns: Sequence[Engine]) -> Iterator[str]:
    titles = [column.title for column in columns] if len(columns) > 1 else ["Heard"]
    yield f"| data | what it is, licence | pairs or texts | figure | {' | '.join(titles)} |"
    yield f"|---|---|---:|---|{'---:|' * len(titles)}"
    for data in group:
        read = [measured.get((data.name, column.title), {}) for column in columns]
        size = f"{read[0]['n']:,}" if read[0] else "absent"
        for figure in data.figures:
            cells = " | ".join(_value(figures, figure) for figures in read)
            yield f"| {data.name} | {data.kind}; {data.licence} | {size} | {figure.name} | {cells} |"


def _value(figures: dict[str, Any], figure: Figure) -> str:
    value, interval = found(figures, figure), ends(figures, figure)
    told = "–" if value is None else f"{value:.3f}"
    return told + (f" [{interval[0]:.2f}, {interval[1]:.2f}]" if interval else "")


def _languages(measured: Measured, engine: Engine) -> Iterator[str]:
    per_label = measured.get((LANGUAGES[0].name, engine.title), {}).get("per_label", {})
    yield "| language | texts | precision | recall | F1 |\n|---|---:|---:|---:|---:|"
    for code, row in per_label.items():
        yield f"| {code} | {row['n']:,} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} |"


def _targets(
    measured: Measured, engines: Sequence[Engine], matcher: Engine, trained: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    """Each target of the default engine, and whether it is met."""
    yield "What the default install should reach; within 0.005 counts as met.\n"
    yield "| data | figure | target | reached | |\n|---|---|---:|---:|---|"
    default = engines[min(1, len(engines) - 1)]
    for data in (*TEXTS, *TARGETS, *MESSAGES, *LANGUAGES):
        tone = data in (*TEXTS, *TARGETS)
        column = default if tone else matcher if data in MESSAGES else engines[0]
        figures = measured.get((data.name, column.title), {})
        for figure in data.figures:
            value = found(figures, figure)
            if figure.target is None or value is None:
                continue
            verdict = "met" if value >= figure.target - TOLERANCE else f"missed by {figure.target - value:.3f}"
            learned = tone and _learned(default, data, trained)
            if learned:
                unseen = _unseen(data, figure)
                verdict += ", on data that trained it"
                verdict += f"; {unseen:.3f} by fits that did not see the text" if unseen is not None else ""
            yield f"| {data.name} | {figure.name} | {figure.target:.3g} | {value:.3f} | {verdict} |"


def _sources() -> Iterator[str]:
    told = False
    for name, about in _abouts():
        told = True
        yield f"**`{name}`**, version {about.get('version', '?')}, made {about.get('made', '?')}. {about.get('split', '')}\n"
        for source in about.get("sources", ()):
            size = next((f", {source[of]:,} {of}" for of in ("texts", "targets", "pairs") if of in source), "")
            yield f"- {source.get('file', '?')}{size}; {source.get('licence', '?')}; {source.get('attribution', '')}"
        for file, figures in about.get("unseen", {}).items():
            values = ", ".join(
                f"{figure.replace('/', ' ').replace('_', '-')} {value:.3f}" for figure, value in figures.items()
            )
            yield f"- By fits that did not see the text, {file}: {values}"
        yield ""
    if not told:
        yield "Nothing is trained: VADER's lexicon and rules are those of vaderSentiment 3.3.2 (MIT)."
