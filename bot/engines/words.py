"""Lists of words that tell the classifier what a lexicon of feelings leaves out; each list is one feature to learn.

They were written from knowledge of the trade and the failures that the documentation lists, not from labelled data.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


NEGATIONS = _set(
    "not no never none nobody nothing nowhere neither nor cannot without hardly barely rarely seldom dont doesnt didnt "
    "cant couldnt wont wouldnt shouldnt isnt wasnt arent werent aint hasnt havent hadnt"
)
"""Words that turn what follows; those that end in ``n't`` are known by their end."""

SCOPE_ENDS = _set('but however although though yet except because while whereas so . , ; : ! ? ... — – ( ) "')
"""Where a negation's scope ends."""

WORSE = _set(
    "recall recalls recalled recalling outage outages downtime breach breached breaches hacked leak leaked layoff layoffs "
    "bankruptcy bankrupt insolvent sue sued sues suing lawsuit lawsuits overpriced refund refunds delay delays delayed late "
    "crash crashes crashed crashing bug bugs buggy glitch glitches glitchy laggy lag slow slower toxic contaminated unsafe "
    "probe investigation investigated subpoena fined indicted controversy backlash boycott slump slumps slumped plunge "
    "plunges plunged plummet plummets plummeted downgrade downgraded downgrades ousted resign resigns resigned cancelled "
    "canceled cancellation cancellations stranded unresponsive unreachable unhelpful shortage shortages defect defective "
    "faulty malfunction malfunctioned broken freezes freezing stuck unusable overcharged overbooked scam fraud fraudulent "
    "misleading unresolved rude ignored waiting waited expired outdated flimsy stale soggy bland shutdown closure misleads "
    "walkout strike unpaid overdue downsizing drops dropped falls fell sinks sank loses losing"
)
BETTER = _set(
    "reliable seamless seamlessly affordable award-winning upgrade upgraded upgrades sleek intuitive flawless flawlessly "
    "responsive spacious crisp delicious tasty recommend recommended recommends must-have bestseller innovative acclaimed "
    "landmark soar soars soared surge surges surged record-breaking outperform outperforms outperformed profitable thriving "
    "expands expanding restored resolved fixes friendly attentive knowledgeable prompt promptly refreshing sturdy durable "
    "smooth smoothly effortless versatile compact lightweight addictive gripping hilarious mesmerizing masterpiece "
    "bargain loyal praised praises hails hailed applauded honoured honored wins won awarded milestone breakthrough"
)
COURTESY = _set(
    "please plz pls kindly thank thanks thankyou thx help helping apology apologies apologize apologise sorry credit"
)
"""Polite words: a lexicon counts them as praise, and they stand mostly in complaints."""

EVENTS = _set(
    "war wars crash killed kill dead death deaths die died murder attack attacks bomb bombing shooting crime criminal victim "
    "victims fire disaster earthquake flood hurricane terror terrorist terrorism violence weapon weapons prison arrest "
    "arrested disease cancer virus battle fight fighting fought enemy crisis emergency funeral casualties wounded"
)
"""Bad events: reporting them says nothing of the one who is named beside them."""

GLAD_SIGNS = _set(
    ":) :-) :)) =) ;) ;-) :d :-d =d xd :p :-p <3 ^_^ (: :') 😀 😃 😄 😁 😆 😊 🙂 😍 🥰 😘 😎 🤩 🤗 😂 🤣 👍 👏 🙌 💪 🎉 🎊 ❤ 💕 💖 💗 💓 💙 💚 💛 💜 🧡 "
    "😋 😇 ✨ 🔥 💯 🏆 🥳 😻 ☺ ♥ 👌 🌟 ⭐ 🤤"
)
SAD_SIGNS = _set(
    ":( :-( :(( =( :'( :/ :-/ :\\ :-\\ :| :s :@ >:( ): d: </3 😠 😡 🤬 😤 😢 😭 😞 😔 😟 😩 😫 😖 😣 😒 🙄 😑 😐 👎 💔 🤮 🤢 😷 😱 😨 😰 😥 😓 "
    "☹ 🙁 😕 💩 🤦 😾"
)


def _each(signs: str, valence: float) -> dict[str, float]:
    return dict.fromkeys(signs.split(), valence)


SIGNS = {
    **_each("😍 🥰 😘 🤩 😻 ❤ ♥ 💕 💖 💗 💓 💙 💚 💛 💜 🧡 💯 🏆 🥳 🎉 🎊", 2.6),
    **_each("😀 😃 😄 😁 😆 😊 🙂 😎 🤗 😂 🤣 👍 👏 🙌 💪 😋 😇 ✨ 🔥 ☺ 👌 🌟 ⭐ 🤤 ✌ ✅", 1.9),
    **_each("😒 🙄 😑 😐 😕 🙁 ☹ 😓 🤦 😞 😔 😟 😩 😫 😖 😣 😢 😥 😰 😨 😭 ❌", -1.7),
    **_each("😠 😡 🤬 😤 👎 💔 🤮 🤢 💩 😾 🖕", -2.6),
}
"""The valence of emoji, on the lexicon's scale of -4 to 4."""
