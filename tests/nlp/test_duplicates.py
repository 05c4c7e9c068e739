"""Near-duplicates of the corpus: found, dropped or tied together, none across a split."""

from hypothesis import given
from hypothesis import strategies as st

from nlp.training.duplicates import deduplicate, near_duplicates
from nlp.training.texts import Labelled, read_corpus

PITCH = "老用户都知道，今晚八点开放名额，想跟的把头像那串英文记下来，进来先看置顶再说话，规矩懂的都懂。"
OTHER = "社区图书馆周六上午讲折纸，孩子自带剪刀和彩纸，名额二十个，报名在服务台登记，家长可以旁听。"


def labelled(name: str, text: str, *, lead: bool, group: str = "") -> Labelled:
    stance = "promo" if lead else "unrelated"
    return Labelled(name, text, "post", lead, stance, (), lead, (), group or name, "test")


def test_texts_with_a_changed_word_are_near_and_others_are_not() -> None:
    found = [pair[:2] for pair in near_duplicates([PITCH, OTHER, PITCH.replace("八点", "九点")])]
    assert found == [(0, 2)]


def test_a_repetition_is_dropped_and_named() -> None:
    texts = [labelled("a", PITCH, lead=True), labelled("b", PITCH + "！", lead=True)]
    cleaned = deduplicate(texts)
    assert [text.id for text in cleaned.texts] == ["a"]
    assert cleaned.dropped == {"b": "a"}


def test_a_minimal_pair_stays_on_one_side_of_a_split() -> None:
    texts = [labelled("a", PITCH, lead=True), labelled("b", PITCH.replace("名额", "报名"), lead=False)]
    cleaned = deduplicate(texts)
    assert len(cleaned.texts) == 2
    assert len({text.group for text in cleaned.texts}) == 1


def test_nothing_alike_to_a_held_out_text_is_trained_on() -> None:
    cleaned = deduplicate([labelled("a", PITCH, lead=True)], held_out=[labelled("h", PITCH, lead=False)])
    assert cleaned.texts == []
    assert cleaned.dropped == {"a": "h"}


@given(st.lists(st.text(max_size=30), max_size=8))
def test_texts_are_kept_or_named_and_stay_in_order(texts: list[str]) -> None:
    given_ = [labelled(str(place), text, lead=bool(place % 2)) for place, text in enumerate(texts)]
    cleaned = deduplicate(given_)
    kept = [text.id for text in cleaned.texts]
    assert kept == sorted(kept, key=int)
    assert sorted([*kept, *cleaned.dropped], key=int) == [text.id for text in given_]
    assert set(cleaned.dropped.values()) <= set(kept)


def test_the_committed_corpus_repeats_nothing() -> None:
    cleaned = deduplicate(read_corpus(), held_out=read_corpus(held_out=True))
    assert cleaned.dropped == {}
