"""Texts by language as options: `--text-en`, `--text-ru`, and so on for the languages that are configured."""

from errorhelp.cli.client import BAD_INPUT, Client, CommandFailed

_TEXT_OPTION = "--text-"


def texts_by_language(arguments: list[str]) -> dict[str, str]:
    """The texts of `--text-LANGUAGE` options, which cannot be declared: languages are configured."""
    by_language: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        option, equals, value = rest.pop(0).partition("=")
        language = option.removeprefix(_TEXT_OPTION)
        if language == option or not language or not (equals or rest):
            advice = "see --help" if option.startswith("-") else "put a text with spaces, or a *, in quotes"
            raise CommandFailed(f"{option!r} is not an option of this command; {advice}", BAD_INPUT)
        by_language[language] = value if equals else rest.pop(0)
    return by_language


def text_for(client: Client, text: str | None, by_language: dict[str, str]) -> str | dict[str, str]:
    """One text for all languages, or one each; a plain one beside others is in the first language."""
    if text is None or not by_language:
        return by_language or text or ""
    return {client.get("status")["languages"][0]: text, **by_language}
