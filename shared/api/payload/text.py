"""Bytes of a body as text, a piece at a time: as a whole it can take four times the memory of the bytes."""

import codecs
import io

_CHUNK = 1024 * 1024


def open_text(body: bytes, *encodings: str) -> io.TextIOWrapper:
    """To be read in the first of the encodings that decodes all of it, else in the last. Ends of lines are kept."""
    encoding = next((encoding for encoding in encodings[:-1] if decodes(body, encoding)), encodings[-1])
    return io.TextIOWrapper(io.BytesIO(body), encoding, newline="")


def decodes(body: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(body), _CHUNK):
            decoder.decode(body[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
