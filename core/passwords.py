"""Finds passwords, PINs and one-time codes in what people write, in the promised languages and mixtures of them.

A secret is what stands after a word for it: after "is" or a colon almost anything, otherwise something with digits, up
to five words away. "My password is wrong" and "how do I change my password" are questions and left alone. Where it is
a guess, a word too many is hidden rather than one too few: the question can be asked again, a secret not taken back.
But PINs and codes have digits: "he knows my PIN: threatens me" stays whole, since danger is heard after this.
After "code" alone, what has the form of an organisation's code stays: it stands on posters, and is typed in here.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

FURTHEST = 5  # words between "password" and the secret: "passordet mitt til Nav er ..."
REACH = 200  # characters that are looked at after a word, so that long messages take no longer than many short ones
_ARABIC_PREFIX = "[وفبلك]{0,2}"
# What people call it; the endings of the languages stand loosely.
_WORDS = {
    "nb": r"pas{1,2}or(?:d(?:et|ene|en|a|s)?)?|kodeord\w*|kodebrikke\w*|ei?n(?:gangs|gongs)(?:kode|passord|pass)\w*"
    r"|(?:sikkerhets|tryggleiks|bekreftelses|stadfestings|sms|bank[ -]?id|verifiserings|innloggings|påloggings|minid)"
    r"[ -]?(?:kode|passord)\w*|pin[ -]?(?:kod|nummer)\w*|pin",
    "en": r"pass?[ -]?words?|passwd|pass ?phrase|pass ?code|pwd?|pin[ -]?(?:code|number)s?|one[ -]?time[ -]?(?:pass)?"
    r"(?:code|word|password)|otp|(?:security|verification|confirmation|login|sms|bank ?id)[ -]?codes?|cv[cv]2?",
    "pl": r"has[łl](?:o|a|em|u)|kod(?:u|em)? (?:pin|sms|jednorazow\w+|weryfikacyjn\w+|autoryzacyjn\w+|bezpieczeństwa)"
    r"|jednorazow\w+ (?:kod|has[łl])\w*|pinu",
    "uk": r"парол\w{0,3}|(?:пін|пин)(?:[ -]?код\w{0,2})?|одноразов\w+ (?:код|парол)\w*"
    r"|код\w{0,2} (?:підтвердження|подтверждения|безпеки|безопасности|доступ[ау]|bankid|(?:із?|з|из) (?:смс|sms))",
    "lt": r"slapta[žz]od\w{0,5}|pin kod\w+|vienkartin\w+ kod\w+|(?:prisijungimo|patvirtinimo|saugos) kod\w+",
    "ar": rf"{_ARABIC_PREFIX}كلم[ةهت]ي? ?(?:ال)?(?:سر|مرور|سري[ةه])|{_ARABIC_PREFIX}(?:ال|لل)?باس+و+رد"
    rf"|{_ARABIC_PREFIX}(?:ال|ل)?(?:رقم|رمز|كود)ي? (?:ال|لل)?(?:سري|سر|تحقق|تأكيد|تاكيد|دخول|بن|مرة واحدة)"
    r"|(?:ال)?بن كود",
    "so": r"(?:eray|erey|fur|lambar|koodh?)\w* (?:sirta|sir|qarsoon)\w*(?: ahi?)?|baa?s?woo?r\w*"
    r"|(?:password|pin)-?k\w+",
    "ti": r"መሕለፊ ቃል|መሕለፍ ቃል|ቃል (?:መሕለፊ|ምስጢር)|[ምሚ]ስጢ?ጥ?ራዊ (?:ቃል|ቁጽሪ|ኮድ)|ምስጢር (?:ቃል|ቁጽሪ)|ፓስ[ዎወ]ርድ\w*|ፒን(?: ?ኮድ)?",
    "fa": r"(?:رمز|کلمه|كلمه|واژه)(?:ی|م|ت|ش)? (?:عبور|ورود|دوم|پویا|یک ?بار ?مصرف)|گذر ?واژه\w*|پس+ورد\w*|رمزم"
    r"|پین(?: ?کد)?|کد (?:تایید|تأیید|ورود|پیامک\w*)",
    "ur": r"پاس ?و?[رڑ]ڈ\w*|خفیہ (?:کوڈ|نمبر|لفظ)|پن(?: ?(?:کوڈ|نمبر))?|او ?ٹی ?پی|تصدیقی کوڈ",
    "tr": r"[şs]ifre\w*|parola\w*|pin ?kod\w*|(?:tek kullanımlık|doğrulama|onay|güvenlik) kod\w*",
    "es": r"contrase[ñn]as?|c[oó]digo (?:pin|secreto|de (?:un solo uso|verificaci[oó]n|seguridad|acceso|bankid))",
    "fr": r"mots? de passe|mdp|code (?:pin|secret|confidentiel|bankid|à usage unique"
    r"|de (?:v[ée]rification|s[ée]curit[ée]|confirmation))",
}
# "Code" alone says less: only digits right after "is" or a colon are one. A postal code is none.
_CODE = (
    r"(?P<harmless>(?:post\w*|zip|area|country|land\w*|kommune|qr|promo|pašto|پوسٹل)[ -]?)?"
    r"(?P<code>kod(?:en?|as|u)?|code|код\w{0,2}|c[oó]digo|clave|(?:ال)?(?:رمز|كود)|کد|کوڈ|koodh?k?a?|ኮድ)"
)
_WORD = re.compile(
    rf"(?<!\w)(?:{'|'.join(f'(?P<{language}>{words})' for language, words in _WORDS.items())}|{_CODE})(?!\w)",
    re.IGNORECASE,
)
# Of these words, the ones for what may be letters only. The others are PINs and codes.
_MAY_BE_LETTERS = re.compile(
    r"pas|kodeord|^pwd?$|has[łl]|парол|slapta|[كک]لم|باس|er[ae]y|fur|baa?s?woo?r|ቃል|ፓስ|عبور|[زهیمت] ورود|واژه|رمزم|پس"
    r"|پاس|لفظ|[şs]ifre|parola|contrase|mots? de|mdp",
    re.IGNORECASE,
)
_CODE_ALONE = re.compile(rf"(?<!\w){_CODE}(?!\w)", re.IGNORECASE)
# As posters show it (broadcasts/organisations/keeping.py): letters and digits in it, and none that are mistaken for
# one another. In small letters only where no word with digits at its end is meant: those are passwords.
_JOIN_CODE = re.compile(
    r"(?=\S*[2-9])(?=\S*[A-Z])[2-9A-HJKMNP-Z]{4}[-‐‑–_]?[2-9A-HJKMNP-Z]{4}"
    r"|(?=\S*[2-9][-‐‑–_]?[a-z])[2-9a-hjkmnp-z]{4}[-‐‑–_]?[2-9a-hjkmnp-z]{4}"
)
_PASSWORD_WORD = re.compile(rf"(?<!\w)(?:{'|'.join(_WORDS.values())})(?!\w)", re.IGNORECASE)
_IS = frozenset("is was er var blir jest brzmi це є это был هو هي است هست ہے تھا yra es era est était waa እዩ".split())
_ALSO_IS = {"pl": frozenset({"to"})}  # "my password to BankID" is English
_MINE = "my|our|the|mitt|min|mine|vårt|moje|mój|moja|mano|мій|моя|моє|мой|моё|mi|mon|benim"
_BEFORE = re.compile(
    rf"(?<!\S)(?P<secret>(?=\S*\d)\S{{4,}})\s+(?:(?:{'|'.join(sorted(_IS | {'to'}))}|{_MINE})\s+){{1,2}}"
    rf"(?:{'|'.join(_WORDS.values())})(?!\w)",
    re.IGNORECASE,
)
# What is said of a password, and not one: its state, and how a question or a sentence begins.
_NOT_ONE = frozenset(
    """
    feil galt glemt utløpt utgått sperret låst blokkert borte mistet stjålet hacket svakt gammelt ugyldig ikke ikkje
    gløymt sperra vekke hvordan hvor hva hvem når hvorfor korleis kva kvifor kvar jeg eg kan hjelp nytt endre bytte bytt
    endra personlig trygt viktig kort langt brukt samme påkrevd nødvendig
    wrong incorrect forgotten expired blocked locked lost gone stolen hacked weak invalid required needed not how what
    where when who why can help please forgot change reset new same safe secure missing short long used old
    złe błędne nieprawidłowe zapomniane zablokowane nie jak gdzie co kiedy dlaczego zmiana
    неправильний невірний забутий забув забула заблокований не як де що коли чому змінити загублений
    неправильный неверный забытый забыл забыла заблокирован как где что когда почему поменять потерян
    neteisingas pamirštas užblokuotas kaip kur kas kada kodėl keisti negalioja
    خطأ خاطئة خاطئ غلط منسية مقفل مقفلة محظور محظورة منتهية ليس ليست لا كيف أين اين ماذا متى لماذا نسيت ضائعة
    qaldan khaldan xiran lumay dhacay maxay sidee xaggee goorma maxaa ilaaway
    ጌጋ ተረሲዑ ረሲዐ ተዓጽዩ ከመይ ኣበይ እንታይ መዓስ
    اشتباه نادرست فراموش مسدود قفل چگونه چطور کجا چی چه
    غلط بھول بند لاک کیسے کہاں کیا کب
    yanlış hatalı unuttum bloke kilitli nasıl nerede ne değil
    incorrecta errónea olvidada olvidé bloqueada bloqueado caducada cómo como dónde qué cuándo cambiar perdida
    incorrect erroné oublié bloqué expiré perdu comment où quoi quand pourquoi changer faux invalide
    """.split()
)
# From here on it is about something else: "... ring meg på 41 02 33 44".
_ELSEWHERE = re.compile(
    r"(?:tlf|telef|mobil|phone|ring|call|тел|звон|дзвон|هاتف|تلفن|فون|ስልኪ|kr$|nok$|https?$|www)", re.I
)
_NOT_SO = frozenset("ikke ikkje aldri siden sidan since not never minst least не nie ne لا ليس pas no eller or".split())
_UNITS = frozenset(
    "kr nok kroner tegn teikn characters digits siffer sifre ganger times znaków символів символов".split()
)
_JOINS = frozenset("og and men but и і та а i ir bet و oo iyo ከምኡውን ve y et mais pero और".split())
_TOKEN = re.compile(r"[:=：]|[^\s:=：]+")
# No word of a sentence: a sign in it, or quotes round it alone.
_NO_WORD = re.compile(r"""[#$%@^_=~€£§|<>{}\\]|^["'«“„‘”].*["'»”“’][.,;!?]*$""")
_AROUND = ".,;!?\"'«»“”()[]…،؛؟።፣"
_QUESTION = re.compile(r"[?؟][^\w]*$")
_END = tuple(".!?;؟።؛")


def names_a_password(text: str) -> bool:
    """Whether a word for a password, a PIN or a one-time code stands in the text, with or without one."""
    return _PASSWORD_WORD.search(text) is not None


def names_a_join_code(text: str) -> bool:
    """Whether the word "code" and something with the form of an organisation's code stand in the text."""
    tokens = (_in_ascii(token[0].strip(_AROUND)) for token in _TOKEN.finditer(text))
    return _CODE_ALONE.search(text) is not None and any(_JOIN_CODE.fullmatch(token) for token in tokens)


def _in_ascii(token: str) -> str:
    """With 2 for ٢: people write digits as their keyboard has them."""
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in token)


def find_passwords(text: str) -> Iterator[tuple[int, int]]:
    """Where passwords stand, as start and end, in order."""
    done = 0
    for match in sorted([*_WORD.finditer(text), *_BEFORE.finditer(text)], key=lambda found: found.start()):
        groups = match.groupdict()
        if "secret" in groups:
            start, end = match.span("secret")
        elif not match["harmless"] and (secret := _after(text, match)) and secret.start() >= done:
            start, end = secret.start(), _whole(text, secret)
        else:
            continue
        if start >= done:
            yield start, end
            done = end


def _after(text: str, word: re.Match[str]) -> re.Match[str] | None:
    """Where the secret stands that follows this word for it; None when the word is only spoken of."""
    kinds = _IS | _ALSO_IS.get(word.lastgroup or "", frozenset())
    is_code, shortest = word["code"] is not None, 3 if word[0].lower().startswith("cv") else 4
    said, is_certain, last = "", True, word.end()
    for between, token in enumerate(_TOKEN.finditer(text, word.end(), word.end() + REACH)):
        plain = token[0].strip(_AROUND)
        if "\n" in text[last : token.start()] and not said and between:
            return None
        if token[0] in ":=：":
            said = "" if text.startswith("//", token.end()) else "is:" if said == "is" else ":"
        elif plain.casefold() in kinds:
            said = "is"
        elif (
            len(plain) >= shortest
            and _is_secret(text, token, plain, said, is_code=is_code, is_certain=is_certain)
            and (said != ":" or _MAY_BE_LETTERS.search(word[0]) or not _is_a_word(token[0]))
        ):
            return token
        elif between >= FURTHEST + 1 or _ELSEWHERE.match(plain) or (is_code and said):
            return None
        else:
            said = ""
        is_certain = is_certain and plain.casefold() not in _NOT_SO and not token[0].endswith((",", "،", "፣"))
        if token[0].endswith(_END):
            return None
        last = token.end()
    return None


def _is_secret(text: str, token: re.Match[str], plain: str, said: str, *, is_code: bool, is_certain: bool) -> bool:
    """``said``: "is" or a colon stands right before. ``is_certain``: nothing between says that it is about the word."""
    if not any(character.isalnum() for character in plain) or (is_code and _JOIN_CODE.fullmatch(_in_ascii(plain))):
        return False
    after = _TOKEN.search(text, token.end(), token.end() + REACH)
    following = after[0].strip(_AROUND).casefold() if after else ""
    if plain.isdecimal():
        return len(plain) <= 12 and bool(said or (is_certain and not is_code)) and following not in _UNITS
    if any(character.isdecimal() for character in plain):
        return bool(said) or not is_code
    if is_code or not said or plain.casefold() in _NOT_ONE or _QUESTION.search(token[0]):
        return False
    ends = after is None or token[0] != token[0].rstrip(_AROUND) or "\n" in text[token.end() : after.start()]
    return said in (":", "is:") or ends or following in _JOINS or following in _IS


def _is_a_word(token: str) -> bool:
    """Whether this may as well be a word of a sentence: no digit, no sign, no capital after a small letter."""
    is_mixed = any(before.islower() and letter.isupper() for before, letter in pairwise(token))
    return not is_mixed and not any(letter.isdecimal() for letter in token) and _NO_WORD.search(token) is None


def _whole(text: str, token: re.Match[str]) -> int:
    """Where the secret ends: colons may stand in it, a comma or full stop after it is not part of it."""
    end = token.end()
    while end < len(text) and not text[end].isspace():
        end += 1
    return token.start() + len(text[token.start() : end].rstrip(".,;،؛።፣"))
