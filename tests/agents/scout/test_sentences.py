"""How a text is cut into sentences, in which language it is, and that none of it gets lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from agents.scout import language
from agents.scout.sentences import LONGEST, UnreadableIdea, clean, plain, split
from tests.support.ideas import HUGE, ODD, ideas


def letters(text: str) -> str:
    return "".join(c for c in text if c.isalpha())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Keep recipes.", ["Keep recipes."]),
        ("Keep recipes. Show photos!", ["Keep recipes.", "Show photos!"]),
        ("Keep recipes; show photos? Yes", ["Keep recipes;", "show photos?", "Yes"]),
        ("- recipes\n- photos", ["recipes", "photos"]),
        ("1. recipes\n2) photos\n(3) steps\n• tags", ["recipes", "photos", "steps", "tags"]),
        ("soap: name, scent\nbatch: soap, day", ["soap: name, scent", "batch: soap, day"]),
        ("As a cook\nI want recipes", ["As a cook I want recipes"]),
        ("As a cook,\nI want recipes", ["As a cook, I want recipes"]),
        ("Soap (hard: tallow; soft: oil), day", ["Soap (hard: tallow; soft: oil), day"]),
        ("Soap (hard; day", ["Soap (hard;", "day"]),
        ("Keep recipes\nand photos", ["Keep recipes and photos"]),
        ("Keep recipes\nShow photos", ["Keep recipes", "Show photos"]),
        ("Keep recipes.\nand photos", ["Keep recipes.", "and photos"]),
        ("Keep recipes\n\nand photos", ["Keep recipes", "and photos"]),
        ("Fields, e.g. a name. Tags", ["Fields, e.g. a name.", "Tags"]),
        ("Fields (i.e. a name) etc. and Dr. Who", ["Fields (i.e. a name) etc. and Dr. Who"]),
        ("It costs 3.50 a month", ["It costs 3.50 a month"]),
        ('"Keep recipes." Show photos', ['"Keep recipes."', "Show photos"]),
        ("レシピを保存。写真！", ["レシピを保存。", "写真！"]),
        ("Recipes... 🎉🎉! !!! Photos", ["Recipes...", "Photos"]),
        ("2024 was good", ["2024 was good"]),
    ],
)
def test_a_text_is_cut_where_a_sentence_ends(text, expected):
    assert [sentence.text for sentence in split(text)] == expected


def test_sentences_are_numbered_from_one():
    assert [sentence.number for sentence in split("A cat. A dog.\n- A cow")] == [1, 2, 3]


@pytest.mark.parametrize("text", ["", " ", "123", "!?", "🎉🚀", "- \n* ", "\u0301", "1. 2. 3."])
def test_a_text_without_letters_cannot_be_read(text):
    with pytest.raises(UnreadableIdea):
        split(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\x00b\x07c\x1b[0m", "a b c [0m"),
        ("e\u0301", "é"),
        ("a\ud83cb", "a b"),
        ("a\ue000b\U0010ffffc", "a b c"),
        ("  \n a \n ", "a"),
        ("a\tb", "a\tb"),
    ],
)
def test_a_clean_text_has_no_control_characters(text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>Recipes</b>", " Recipes "),
        ("a<script>alert('x')</script>b", "a b"),
        ("a <STYLE>b{}</STYLE > c", "a   c"),
        ("“Bob’s” café", '"Bob\'s" cafe'),
        ("1 < 2 and 3", "1 < 2 and 3"),
        ("ﬁle", "file"),
    ],
)
def test_the_tagger_reads_neither_markup_nor_accents(text, expected):
    assert plain(text) == expected


def test_a_sentence_without_end_is_cut_between_words():
    found = split("recipe " * 1_000)
    assert len(found) > 1
    assert all(len(sentence.text) <= LONGEST for sentence in found)
    assert {word for sentence in found for word in sentence.text.split()} == {"recipe"}


def test_a_word_without_end_is_cut_as_well():
    assert [len(s.text) for s in split("a" * (2 * LONGEST + 1))] == [LONGEST, LONGEST, 1]


@pytest.mark.parametrize("text", [*ODD.values(), *HUGE.values()], ids=[*ODD, *HUGE])
def test_no_letter_gets_lost(text):
    text = clean(text)
    assert letters("".join(sentence.text for sentence in split(text))) == letters(text)


@settings(max_examples=300, deadline=None)
@given(text=ideas())
def test_no_letter_of_any_text_gets_lost(text):
    text = clean(text)
    if not letters(text):
        return
    found = split(text)
    assert letters("".join(sentence.text for sentence in found)) == letters(text)
    assert [sentence.number for sentence in found] == list(range(1, len(found) + 1))


@settings(max_examples=300, deadline=None)
@given(text=ideas())
def test_a_clean_text_stays_as_it_is(text):
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("An app for the recipes that I have", "en"),
        ("recipes", "en"),
        ("Mi recipes", "en"),
        ("", "en"),
        ("Ich will eine App für meine Rezepte", "de"),
        ("Une application pour les recettes de ma famille", "fr"),
        ("Quiero una aplicación para mis recetas", "es"),
        ("Voglio una app per le mie ricette con gli ingredienti", "it"),
        ("Een app voor mijn recepten en de foto's van het eten", "nl"),
        ("Приложение для рецептов", "ru"),
        ("レシピを保存するアプリ", "ja"),
        ("保存食谱的应用", "zh"),
        ("레시피 앱", "ko"),
        ("تطبيق للوصفات", "ar"),
        ("An app called Die Küche for the recipes that we have", "en"),
    ],
)
def test_a_language_is_told_by_script_or_common_words(text, code):
    assert language.detect(text) == code
