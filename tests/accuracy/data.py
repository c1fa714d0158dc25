"""The labelled development files: what each holds, how it is read, and what the issue asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.evaluate.evaluate import Wish
from bot.evaluate.result import Task
from bot.model import Genre

Path = tuple[str, ...]
"""Where a figure stands in an evaluation's figures."""


@dataclass(frozen=True)
class Figure:
    """A figure that the page shows; ``target`` is what the default engine should reach."""

    name: str
    path: Path
    target: float | None = None
    baseline: tuple[str, str] | None = None


@dataclass(frozen=True)
class Data:
    """One file. ``kind`` is what it is, for people; ``licence`` as the data's README gives it."""

    file: str
    kind: str
    licence: str
    wish: Wish
    figures: tuple[Figure, ...]
    most: int | None = None
    """Rows that are read, evenly spread, where all take too long."""

    @property
    def name(self) -> str:
        """The file's name without folder and extension."""
        return self.file.rpartition("/")[2].removesuffix(".tsv")


OK_SEMEVAL, OK_MIT = "OK, CC BY 3.0", "OK, MIT"
RESEARCH = "R: evaluated only"
_RECALL, _F1, _R = ("macro_recall",), ("macro_f1",), ("pearson",)


def _tone(genre: Genre, **more: Any) -> Wish:
    return Wish(task=Task.TONE, genre=genre, **more)


def _vader(file: str, figure: str, how: str = "vader") -> tuple[str, str]:
    return f"dev/{file}|{how}", figure


TEXTS = (
    Data(
        "sentiment/tweeteval_val.tsv", "tweets", OK_SEMEVAL, _tone(Genre.POST),
        (Figure("macro-recall", _RECALL, 0.70, _vader("sentiment/tweeteval_val.tsv", "macro_recall")),),
    ),
    Data(
        "sentiment/airline.tsv", "tweets at airlines", RESEARCH, _tone(Genre.POST, group=("airline", "day_serial")),
        (
            Figure("macro-recall", _RECALL, 0.69, _vader("sentiment/airline.tsv", "macro_recall")),
            Figure("r of airline and day, 30 tweets and more", ("groups", "pearson"), 0.95,
                   _vader("sentiment/airline.tsv|airline-x-day", "pearson_mean_score")),
            Figure("mean error of their net tone", ("groups", "net_error"), None,
                   _vader("sentiment/airline.tsv|airline-x-day", "mae_net_sentiment")),
        ),
    ),
    Data(
        "sentiment/brand_sxsw.tsv", "tweets about products", RESEARCH, _tone(Genre.POST),
        (Figure("macro-recall", _RECALL, 0.55, _vader("sentiment/brand_sxsw.tsv", "macro_recall")),),
    ),
    Data(
        "sentiment/hutto_tweets.tsv", "tweets, rated", OK_MIT, _tone(Genre.POST),
        (Figure("r", _R, 0.875, _vader("sentiment/hutto_tweets.tsv", "pearson")),),
    ),
    Data(
        "sentiment/hutto_amazon.tsv", "product reviews, rated by sentence", OK_MIT,
        _tone(Genre.DISCUSSION, document="id"),
        (
            Figure("r of sentences", _R, None, _vader("sentiment/hutto_amazon.tsv", "pearson")),
            Figure("r of whole reviews", ("documents", "pearson"), 0.80,
                   _vader("sentiment/hutto_amazon.tsv|document", "pearson", "vader-whole")),
        ),
    ),
    Data(
        "sentiment/hutto_nyt.tsv", "editorials, rated by sentence", OK_MIT, _tone(Genre.ARTICLE, document="id"),
        (
            Figure("r of sentences", _R, None, _vader("sentiment/hutto_nyt.tsv", "pearson")),
            Figure("r of whole editorials", ("documents", "pearson"), 0.63,
                   _vader("sentiment/hutto_nyt.tsv|document", "pearson", "vader-whole")),
        ),
    ),
    Data(
        "sentiment/hutto_movie.tsv", "film reviews' sentences, rated", OK_MIT, _tone(Genre.DISCUSSION),
        (Figure("r", _R, None, _vader("sentiment/hutto_movie.tsv", "pearson")),),
    ),
)  # fmt: skip

TARGETS = (
    Data(
        "target/newsmtsc_rw_dev.tsv", "news sentences", OK_MIT, _tone(Genre.ARTICLE),
        (
            Figure("macro-F1", _F1, 0.62, _vader("target/newsmtsc_rw_dev.tsv", "macro_f1", "vader-whole")),
            Figure("macro-recall", _RECALL, 0.62, _vader("target/newsmtsc_rw_dev.tsv", "macro_recall")),
        ),
    ),
    Data(
        "target/newsmtsc_mt_dev.tsv", "news sentences of several targets", OK_MIT, _tone(Genre.ARTICLE),
        (Figure("macro-F1", _F1, 0.60, _vader("target/newsmtsc_mt_dev.tsv", "macro_f1", "vader-whole")),),
    ),
    Data(
        "target/mams_val.tsv", "restaurant reviews, targets that differ", "OK, Apache-2.0", _tone(Genre.DISCUSSION),
        (Figure("macro-F1", _F1, 0.65, _vader("target/mams_val.tsv", "macro_f1", "vader-whole")),),
    ),
    Data(
        "target/dong14_train.tsv", "tweets about people and products", RESEARCH, _tone(Genre.POST),
        (Figure("macro-F1", _F1, None, _vader("target/dong14_train.tsv", "macro_f1", "vader-whole")),),
    ),
    Data(
        "target/semeval14_rest_train.tsv", "restaurant reviews", RESEARCH, _tone(Genre.DISCUSSION),
        (Figure("macro-F1", _F1, None, _vader("target/semeval14_rest_train.tsv", "macro_f1", "vader-whole")),),
    ),
    Data(
        "target/semeval14_laptop_train.tsv", "laptop reviews", RESEARCH, _tone(Genre.DISCUSSION),
        (Figure("macro-F1", _F1, None, _vader("target/semeval14_laptop_train.tsv", "macro_f1", "vader-whole")),),
    ),
    Data(
        "target/semeval_topics5.tsv", "tweets on 100 topics, −2 to 2", OK_SEMEVAL,
        _tone(Genre.POST, columns=("target=topic",), group=("topic",)),
        (
            Figure("r of tweets", _R, None, ("dev/target/semeval_topics5.tsv|topic-mean|vader", "tweet_pearson")),
            Figure("r of topics", ("groups", "pearson"), None,
                   ("dev/target/semeval_topics5.tsv|topic-mean|vader", "pearson")),
        ),
    ),
)  # fmt: skip

_POOLED = ("pool=topic+stance", "label=match")
_PARAPHRASE = ("text=text_a", "message=text_b", "label=paraphrase")
MESSAGES = (
    Data(
        "align/argkp_dev.tsv", "arguments and key points, 4 topics", "OK, CDLA-Sharing 1.0",
        Wish(task=Task.MESSAGE, columns=_POOLED),
        (
            Figure("official mAP, strict", ("map_strict",), 0.475),
            Figure("official mAP, relaxed", ("map_relaxed",), 0.68),
            Figure("average precision", ("average_precision",)),
            Figure("precision", ("precision",)),
            Figure("recall", ("recall",)),
        ),
    ),
    Data(
        "align/argkp_train14k.tsv", "the same, 24 topics, a sample of pairs", "OK, CDLA-Sharing 1.0",
        Wish(task=Task.MESSAGE, columns=_POOLED),
        (
            Figure("average precision", ("average_precision",)),
            Figure("precision", ("precision",)),
            Figure("recall", ("recall",)),
        ),
    ),
    Data(
        "align/mrpc_train.tsv", "news sentences, paraphrase or not", RESEARCH,
        Wish(task=Task.MESSAGE, columns=_PARAPHRASE),
        (Figure("average precision", ("average_precision",)),),
        most=1_000,
    ),
    Data(
        "align/twitter_url_train8k.tsv", "tweets on one link, paraphrase or not", RESEARCH,
        Wish(task=Task.MESSAGE, columns=_PARAPHRASE),
        (Figure("average precision", ("average_precision",)),),
        most=1_000,
    ),
)  # fmt: skip

LANGUAGES = (
    Data(
        "lang/tweets_lid_dev.tsv", "tweets in 20 languages", RESEARCH, Wish(task=Task.LANGUAGE),
        (
            Figure("macro-F1, every text", _F1, 0.95),
            Figure("accuracy, every text", ("accuracy",)),
            Figure("answered", ("coverage",)),
            Figure("accuracy where it answers", ("selective_accuracy",)),
            Figure("macro-F1 where it answers", ("selective_macro_f1",)),
            Figure("silent on texts of no known language", ("unknown_abstained",)),
        ),
    ),
)  # fmt: skip
