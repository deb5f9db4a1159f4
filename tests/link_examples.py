"""Texts with and without something to call or open; help pages and offline pages make the same of them."""

PHONE_NUMBERS = [
    ("Позвоните: +7 (495) 123-45-67", "+7 (495) 123-45-67", "tel:+74951234567"),
    ("Звоните 8 800 555-35-35.", "8 800 555-35-35", "tel:88005553535"),
    ("8-495-123-45-67", "8-495-123-45-67", "tel:84951234567"),
    ("Тел. (3412) 12-34-56", "(3412) 12-34-56", "tel:3412123456"),
    ("Диспетчер 123-45-67", "123-45-67", "tel:1234567"),
    ("+7(495)123-45-67/68", "+7(495)123-45-67", "tel:+74951234567"),
    ("+49 30 901820", "+49 30 901820", "tel:+4930901820"),
    ("+7 495 123-45-67, доб. 44", "+7 495 123-45-67, доб. 44", "tel:+74951234567;ext=44"),
    ("Поддержка: доб. 4400, круглосуточно", "4400", "tel:4400"),
    ("Support: ext.4400", "4400", "tel:4400"),
    ("Звоните 112", "112", "tel:112"),
    ("Call 5-55 (day and night)", "5-55", "tel:555"),
    ("тел.: 22-33-44", "22-33-44", "tel:223344"),
    ("Зателефонуйте 4400", "4400", "tel:4400"),
    ("+380 44 123-45-67, дод. 44", "+380 44 123-45-67, дод. 44", "tel:+380441234567;ext=44"),
    ("Тэл. 4400", "4400", "tel:4400"),
    ("Tālr. 4400", "4400", "tel:4400"),
    ("Helistage 4400", "4400", "tel:4400"),
    ("Durchwahl 4400", "4400", "tel:4400"),
]
"""Text, what is a link in it, where it leads."""

NO_PHONE_NUMBERS = [
    "до 14:00 21.11.2026",
    "2026-11-22 02:00",
    "12-05-26",
    "с 10 до 11",
    "версия 8.3.27.1234",
    "сервер 10.0.0.15",
    "заявка 4711",
    "счёт 40702810900000012345",
    "ИНН 7701234567",
    "Звоните 24 часа в сутки",
    "осталось +2 часа",
    "1+1",
]

WEB_ADDRESSES = [
    ("См. https://help.example.com/power.", "https://help.example.com/power"),
    ("(https://help.example.com/a?b=c&d=e)", "https://help.example.com/a?b=c&d=e"),
    ("«http://help.example.com»", "http://help.example.com"),
    ("https://ru.wikipedia.org/wiki/1С_(фирма)", "https://ru.wikipedia.org/wiki/1С_(фирма)"),
]

MAIL_ADDRESS = "Пишите fin-help@example.com, поможем"

NO_LINKS = [
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "http://",
    "https://[",
    "ftp://example.com",
    "@example",
]

TRICKY = [
    "ул. Ленина, д. 5, тел. 8 (800) 555-35-35, e-mail: a.b+c@пример.рф; https://a.example/x?y=(1).",
    "https://a.example/,https://b.example/ x@y.z.",
    "доб. 4400/4401, доб. 44:00, вн. 12 34, доб.5",
    "a@b +7 495 123-45-67, доб. 1234567",
    "xhttps://a.example 1+7 495 123-45-67 ext 12",
    "+7 (495) 123-45-67 ext. 44, +7 495 123-45-6789012345",
    "Ⅷ8 800 555-35-35 𝒳8 800 555-35-35",
]

ALL = [
    *(text for text, *_ in (*PHONE_NUMBERS, *WEB_ADDRESSES)),
    *NO_PHONE_NUMBERS,
    MAIL_ADDRESS,
    *NO_LINKS,
    *TRICKY,
]
