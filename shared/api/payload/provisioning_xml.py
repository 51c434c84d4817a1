"""A provisioning plan in the XML of SailPoint IdentityIQ.

    <ProvisioningPlan>
      <AccountRequest op="Modify" nativeIdentity="…">
        <AttributeRequest name="…" op="Add" value="…"/>
        <AttributeRequest name="…" op="Remove"><Value><List><String>…</String></List></Value></AttributeRequest>

Elements around and beside these (Attributes, Requesters, ProvisioningResult, …) are passed over, unless one of these
was meant. What an AttributeRequest holds beside them may be its value, which a Remove must not lose. Pointers are those
of the same plan in JSON; the words name the line.
"""

import re
from dataclasses import replace
from xml.sax import SAXException, SAXParseException
from xml.sax.expatreader import ExpatLocator
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, IncrementalParser, Locator

from shared.api.payload.beside import is_safeguard, word_fault
from shared.api.payload.document import Place, near_miss
from shared.api.payload.envelope import UNSIGNED
from shared.api.payload.limit import Limit
from shared.api.payload.provisioning_document import (
    ACCOUNT_KEYS,
    ATTRIBUTE_KEYS,
    AccountRequest,
    AttributeRequest,
    misspelt,
)
from shared.api.payload.rehearsal import IN_QUERY, is_rehearsal
from shared.api.payload.text import decodes
from shared.errors import MAX_FAULTS, BodyFault, InvalidBody

# Both may be left out. SailPoint's pages do not agree on the latter ("API changes: Changes to implementing a
# provisioning integration": Add; Javadoc of ProvisioningPlan.Operation: Set); here they mean the same.
_DEFAULT_ACCOUNT_OP, _DEFAULT_OP = "Modify", "Set"
_LISTS = ("List", "Set")
_ACCOUNT, _ATTRIBUTE, _VALUE = "AccountRequest", "AttributeRequest", "Value"
# Elements and attributes in one plan, characters of one tag or of one value. Guess: no real plan comes near them.
_MOST_NAMES, _LONGEST_TAG, _LONGEST_VALUE = 200_000, 262_144, 65_536
_MOST_UNKNOWN = 1_000
_PIECE = 65_536
# The mark of UTF-16, or another encoding that is declared.
_ENCODED = re.compile(rb"\xff\xfe|\xfe\xff|\s*<\?xml[^>]*\sencoding\s*=\s*[\"'](?!utf-?8[\"'])", re.IGNORECASE)
_NO_UTF_8 = "The XML is not UTF-8 and declares no other encoding. Send it as UTF-8."
_NO_QUOTES = "Use straight quotes around values."
# IdentityIQ's own export names its DTD and needs nothing of it.
_DOCTYPE = re.compile(
    rb"\A((?:\xef\xbb\xbf)?(?:\s*<\?xml[^>]*\?>)?\s*)"
    rb"(<!DOCTYPE\s+\w+(?:\s+(?:PUBLIC|SYSTEM)(?:\s+(?:\"[^\"<>]*\"|'[^'<>]*'))+)?\s*>)"
)


def read_xml_plan(body: bytes, limit: Limit) -> list[AccountRequest]:
    """Faults of the plan as a whole come first, as a request that is not read. Raises InvalidBody, TooManyUsers,
    ParsingTimedOut."""
    # Imported here: only plans in XML need it.
    import defusedxml.expatreader
    from defusedxml.common import DefusedXmlException

    reader = _Reader(limit)
    parser = defusedxml.expatreader.create_parser(forbid_dtd=True)
    parser.setContentHandler(reader)
    reader.setDocumentLocator(ExpatLocator(parser))
    try:
        _feed(parser, _without_doctype(body), reader)
    except DefusedXmlException:
        detail = "The XML declares a document type or entities, which are not supported. Remove the declarations."
        raise InvalidBody(BodyFault("", detail)) from None
    except SAXParseException as exc:
        line, column = exc.getLineNumber() or 1, (exc.getColumnNumber() or 0) + 1
        detail = f"The XML is not well-formed: {exc.getMessage()} at line {line}, column {column}."
        if "invalid token" in exc.getMessage():
            detail += f" {_NO_UTF_8 if _is_no_utf_8(body) else _NO_QUOTES}"
        raise InvalidBody(BodyFault("", detail)) from None
    except (SAXException, LookupError, ValueError):
        raise InvalidBody(BodyFault("", "The encoding that the XML declares is not supported. Use UTF-8.")) from None
    if reader.faults:
        return [AccountRequest(Place(), faults=reader.faults, is_read=False), *reader.requests]
    if not reader.requests:
        raise InvalidBody(BodyFault("", "The XML has no AccountRequest. Nothing was done."))
    return reader.requests


def _is_no_utf_8(body: bytes) -> bool:
    """Whether it is read as UTF-8 because it says nothing else, and is not."""
    return not (_ENCODED.match(body, 0, _PIECE) or decodes(body, "utf-8"))


def _feed(parser: IncrementalParser, body: bytes, reader: "_Reader") -> None:
    """Piece by piece: one tag may hold millions of attributes, of which nothing is heard before its end."""
    seen, fed = -1, 0
    for start in range(0, len(body), _PIECE):
        piece = body[start : start + _PIECE]
        parser.feed(piece)
        fed = len(piece) if reader.events != seen else fed + len(piece)
        seen = reader.events
        if fed > _LONGEST_TAG:
            raise InvalidBody(reader.here().fault("A tag or a comment after this is too long."))
    parser.close()


def _without_doctype(body: bytes) -> bytes:
    """Lines and columns behind it stay what they are."""
    match = _DOCTYPE.match(body, 0, _PIECE)
    return body if match is None else match[1] + re.sub(rb"[^\r\n]", b" ", match[2]) + body[match.end() :]


class _Reader(ContentHandler):
    def __init__(self, limit: Limit) -> None:
        super().__init__()
        self.events = 0
        self._limit = limit
        self._names = 0
        self.requests: list[AccountRequest] = []
        self.faults: list[BodyFault] = []  # of the whole document
        self._locator: Locator | None = None
        self._path: list[str] = []  # of elements that are understood, from AccountRequest on
        self._unknown: set[str] = set()  # names of such as are not
        self._passed_over = 0  # depth inside an element that is not
        self._is_free = False  # whether anything may stand in that one
        self._attribute: AttributeRequest | None = None
        self._texts: list[object] = []
        self._is_list = False
        self._text: list[str] = []
        self._length = 0  # of all text in a Value

    def setDocumentLocator(self, locator: Locator) -> None:
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self.events += 1
        self._names += 1 + len(attrs)
        if self._names > _MOST_NAMES:
            raise InvalidBody(self.here().fault(f"The XML has more than {_MOST_NAMES:,} elements and attributes."))
        self._start(name, attrs)
        # An entry of a Map has its name in an attribute.
        words = [name, *attrs.getNames(), attrs.get("key", "")]
        for word in (word.rpartition(":")[2] for word in words):
            if is_rehearsal(word) and len(self.faults) <= MAX_FAULTS:
                self.faults.append(self.here().at(word).fault(IN_QUERY))
        if len(self._path) <= 1 and not self._passed_over:
            self._see_words(name, *attrs.getNames())

    def _start(self, name: str, attrs: AttributesImpl) -> None:
        if self._passed_over:
            self._passed_over += 1
            self._is_free = self._is_free or self._see_unknown(name)
            return
        match self._path, name:
            case [], "AccountRequest":
                self._start_account(attrs)
            case ["AccountRequest"], "AttributeRequest":
                self._start_attribute(attrs)
            case ["AccountRequest", "AttributeRequest"], "Value":
                self._texts, self._is_list, self._text, self._length = [], False, [], 0
            case [_, _, "Value", *_], "String":
                self._end_loose_text()
            case [_, _, "Value"], _ if name in _LISTS:
                self._end_loose_text()
                self._is_list = True
            case [_] | [_, "AttributeRequest"], "Attributes":
                pass
            case ([*_, "Attributes"], "Map") | ([_, "AttributeRequest"], "ProvisioningResult"):
                self._passed_over, self._is_free = 1, True
                return
            case [_, _, "Value", *_], _:
                self._texts.append(None)  # a Boolean, a Map: no text
                self._passed_over, self._is_free = 1, True
                return
            case _:
                self._is_free = self._see_unknown(name)
                if not self._is_free:
                    self._note_other()
                if self._path or self._is_free:
                    self._passed_over = 1
                return
        self._path.append(name)

    def _see_unknown(self, name: str) -> bool:
        """An element that is not understood where it stands: of a request or a value in it nobody would hear."""
        if len(self.faults) > MAX_FAULTS:
            return False
        self._unknown.add(name)
        if len(self._unknown) > _MOST_UNKNOWN:
            raise InvalidBody(self.here().fault(f"The XML has more than {_MOST_UNKNOWN:,} different unknown elements."))
        known = (_ACCOUNT, _ATTRIBUTE, _VALUE) if self._attribute else (_ACCOUNT, _ATTRIBUTE)
        meant = near_miss(name.rpartition(":")[2], known)
        if meant is not None:
            detail = "This element is not allowed here." if name == meant else f"Unknown element. Did you mean {meant}?"
            self.faults.append(self.here().fault(detail))
        return meant is not None

    def _see_words(self, *names: str) -> None:
        """Of the plan itself, or of an AccountRequest: a word that would keep a signed call from writing too much."""
        for name in (name.rpartition(":")[2] for name in names):
            fault = word_fault(self.here().at(name), name, UNSIGNED) if is_safeguard(name) else None
            if fault is not None and len(self.faults) <= MAX_FAULTS:
                self.faults.append(fault)

    def _note_other(self) -> None:
        """Of the attribute, if this is one: something that may be meant as its value."""
        if self._attribute is not None and not self._attribute.has_others:
            self._attribute = replace(self._attribute, has_others=True)

    def endElement(self, name: str) -> None:
        self.events += 1
        if self._passed_over:
            self._passed_over -= 1
            return
        if not self._path:
            return
        self._path.pop()
        if name == "String":
            self._texts.append("".join(self._text))
            self._text = []
        elif name in _LISTS:
            self._end_loose_text()
        elif name == "Value":
            self._end_value()
        elif name == "AttributeRequest" and self._attribute is not None:
            self.requests[-1].attributes.append(self._attribute)
            self._attribute = None

    def characters(self, content: str) -> None:
        self.events += 1
        if self._passed_over:
            return
        if _VALUE not in self._path:
            if content.strip():
                self._note_other()
        else:
            self._text.append(content)
            self._length += len(content)
            if self._length > _LONGEST_VALUE:
                raise InvalidBody(self.here().fault(f"This value is longer than {_LONGEST_VALUE:,} characters."))

    def _start_account(self, attrs: AttributesImpl) -> None:
        place = self._place(f"/accountRequests/{len(self.requests)}")
        account = AccountRequest(
            place, attrs.get("op", _DEFAULT_ACCOUNT_OP).strip(), attrs.get("nativeIdentity", "").strip()
        )
        account.faults += _misspelt(place, attrs, ACCOUNT_KEYS)
        self.requests.append(account)
        self._limit.check(len(self.requests))

    def _start_attribute(self, attrs: AttributesImpl) -> None:
        account = self.requests[-1]
        place = self._place(f"{account.place.pointer}/attributeRequests/{len(account.attributes)}")
        name = attrs.get("name", "").strip()
        faults = _misspelt(place, attrs, ATTRIBUTE_KEYS)
        if not name:
            faults.append(place.fault("name is missing."))
        self._attribute = AttributeRequest(
            place,
            name,
            attrs.get("op", _DEFAULT_OP).strip(),
            attrs.get("value"),
            "value" in attrs,
            any(key not in ATTRIBUTE_KEYS for key in attrs.getNames()),
            faults[0] if faults else None,
        )

    def _end_loose_text(self) -> None:
        """Text beside a String is no value and may have been meant as one."""
        if "".join(self._text).strip():
            self._texts.append(None)
        self._text = []

    def _end_value(self) -> None:
        attribute = self._attribute
        if attribute is None:
            return
        direct = "".join(self._text).strip()
        if self._is_list or self._texts:
            self._end_loose_text()
        value: object = self._texts if self._is_list or len(self._texts) > 1 else next(iter(self._texts), direct)
        fault = attribute.fault
        if attribute.has_value:
            fault = attribute.place.fault("value is given twice. It is not clear which one counts.")
        self._attribute = replace(attribute, value=value, has_value=True, fault=fault)

    def here(self) -> Place:
        """The innermost thing that is understood."""
        account = self.requests[-1].place.pointer if self._path else ""
        return self._place(self._attribute.place.pointer if self._attribute else account)

    def _place(self, pointer: str) -> Place:
        line = self._locator.getLineNumber() if self._locator else None
        return Place(pointer, f"Line {line}")


def _misspelt(place: Place, attrs: AttributesImpl, known: tuple[str, ...]) -> list[BodyFault]:
    meant = misspelt((key for key in attrs.getNames() if key not in known), known)
    return [place.fault(f"Unknown attribute. Did you mean {meant}?")] if meant else []
