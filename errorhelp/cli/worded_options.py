"""Texts by language as options: `--text-en`, `--text-ru`, and so on for the languages that are configured.

They cannot be declared: a command line knows no configuration.
"""

from errorhelp.cli.client import BAD_INPUT, Client, CommandFailed


def given_text(client: Client, text: str | None, arguments: list[str], command: str) -> str | dict[str, str]:
    """The text that `--text` and `--text-LANGUAGE` of a command give, "" if none do."""
    return text_for(client, text, texts_given(arguments, command))


def text_for(client: Client, text: str | None, by_language: dict[str, str]) -> str | dict[str, str]:
    """One text for all languages, or one each; a plain one beside others is in the first language."""
    if text is None or not by_language:
        return by_language or text or ""
    return {client.get("status")["languages"][0]: text, **by_language}


def texts_given(arguments: list[str], command: str) -> dict[str, str]:
    """The texts of `--text-LANGUAGE` options; CommandFailed names what is none, and the command."""
    others, by_language = split_texts(arguments, "--text-", command)
    if others:
        advice = "put a text with spaces, or a *, in quotes"
        raise CommandFailed(f"{others[0]!r} is not an option of {command}; {advice}", BAD_INPUT)
    return by_language


def split_texts(arguments: list[str], prefix: str, command: str) -> tuple[list[str], dict[str, str]]:
    """What is no option, and the texts of options that are a prefix and a language."""
    others: list[str] = []
    by_language: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        given = rest.pop(0)
        if not given.startswith("-"):
            others.append(given)
            continue
        option, equals, value = given.partition("=")
        language = option.removeprefix(prefix)
        if language == option or not language or not (equals or rest):
            raise CommandFailed(f"{option!r} is not an option of {command}; see --help", BAD_INPUT)
        by_language[language] = value if equals else rest.pop(0)
    return others, by_language
