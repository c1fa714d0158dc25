from __future__ import annotations

from bot.digest.content.tone import net_tone
from bot.digest.figures import index, index_between
from bot.model import ToneStanding
from tests.digest import sample


def standing(**changes: object) -> ToneStanding:
    return ToneStanding(sample.given().window.interval, 240, 0.091, **changes)


def test_a_corrected_net_tone_has_its_interval_its_labels_and_the_models_count() -> None:
    basis = "corrected by 100 labels; the model counts +0.09"
    found = net_tone(standing(value=-0.1301, low=-0.256, high=-0.004, labels=100, basis=basis), ())
    assert found["net_text"] == f"Net tone over 240 stories: −0.13 [−0.26, 0.00]; {basis}."
    assert (found["net"]["value"], found["net"]["corrected"], found["net"]["counted"]) == (-0.13, True, 0.09)


def test_without_labels_it_is_called_what_it_is() -> None:
    found = net_tone(standing(basis="uncorrected model count"), ["The model reads tone worse than before."])
    assert found["net_text"] == "Net tone over 240 stories: +0.09; uncorrected model count."
    assert found["drift_text"] == "The model reads tone worse than before."


def test_what_has_no_tone_is_left_out_of_the_count_and_told() -> None:
    found = net_tone(standing(basis="uncorrected model count", unscored=18), ())
    assert found["net_text"] == "Net tone over 222 stories: +0.09; uncorrected model count; 18 not scored."
    assert (found["net"]["stories"], found["net"]["not_scored"]) == (240, 18)
    basis = "corrected by 100 labels; the model counts +0.09"
    told = net_tone(standing(value=-0.1301, low=-0.256, high=-0.004, labels=100, basis=basis, unscored=18), ())
    assert told["net_text"] == f"Net tone over 240 stories: −0.13 [−0.26, 0.00]; {basis}; 18 not scored."


def test_with_too_few_that_have_a_tone_nothing_is_said() -> None:
    few = ToneStanding(sample.given().window.interval, 40, None, basis="uncorrected model count", unscored=21)
    assert net_tone(few, ()) == {"net": None, "net_text": "", "drift_text": ""}


def test_with_too_few_stories_nothing_is_said() -> None:
    few = ToneStanding(sample.given().window.interval, 19, None, basis="uncorrected model count")
    assert net_tone(few, ()) == {"net": None, "net_text": "", "drift_text": ""}
    assert net_tone(None, ())["net"] is None


def test_an_index_has_a_true_minus_and_no_signed_zero() -> None:
    assert (index(-0.004), index(0.087), index(-0.5, 1)) == ("0.00", "+0.09", "−0.5")
    assert index_between(-1.0, -1.0, -0.82) == "−1.00 [−1.00, −0.82]"
