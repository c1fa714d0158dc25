"""What becomes of an item that is seen again. Contains no I/O and no clock.

- **Its words belong to the target that brought them.** That target's newer words replace them. Another target's words
  replace them only when they are longer (a feed's full text after another feed's teaser), and then belong to it; so two
  feeds with two versions settle instead of replacing each other at every poll.
- **Figures are taken from whoever gives them**; what is no longer given keeps its last known value.
- **The first published date stays**, and so does its absence: a mention's told time never moves, and a digest's window
  that has closed stays closed.
- **What was removed comes back only from the target that brought it**, never from another's stale copy.
"""

from __future__ import annotations

from dataclasses import replace

from bot.model import Item


def takes_over(stored: Item, seen: Item, *, same_target: bool) -> bool:
    """Whether the words that were seen replace those that are stored."""
    if same_target:
        return True
    return not stored.removed and len(seen.text) > len(stored.text)


def merged(stored: Item, seen: Item, *, same_target: bool) -> Item:
    """The item to keep; equal to ``stored`` when nothing is new."""
    if stored.removed and not same_target:
        return stored
    words = seen if takes_over(stored, seen, same_target=same_target) else stored
    followers = seen.author.followers if seen.author.followers is not None else stored.author.followers
    return replace(
        words,
        key=stored.key,
        published_at=stored.published_at,
        author=replace(words.author, followers=followers),
        metrics={**stored.metrics, **seen.metrics},
    )


def only_figures_differ(stored: Item, item: Item) -> bool:
    """Whether the two are alike but for what a platform counts."""
    author = replace(stored.author, followers=item.author.followers)
    return replace(stored, metrics=item.metrics, author=author) == item
