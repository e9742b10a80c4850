# SPDX-License-Identifier: Apache-2.0
"""libcurl with NSS, by ctypes, one handle: nss_curl_client.py client VERSION URL STEPS CA (see README.md)."""

import ctypes
import json
import sys

URL, CAINFO, HTTPHEADER, CUSTOMREQUEST, NOPROXY = 10002, 10065, 10023, 10036, 10177
WRITEFUNCTION, READFUNCTION, HEADERFUNCTION = 20011, 20012, 20079
NOBODY, UPLOAD, HTTP_VERSION, INFILESIZE_LARGE = 44, 46, 84, 30115
RESPONSE_CODE = 0x200002
HTTP_1_1, HTTP_2 = 2, 3

Callback = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.POINTER(ctypes.c_char), ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p)

curl = ctypes.CDLL("libcurl-nss.so.4")
curl.curl_version.restype = ctypes.c_char_p
curl.curl_easy_strerror.restype = ctypes.c_char_p
curl.curl_easy_init.restype = ctypes.c_void_p
curl.curl_slist_append.restype = ctypes.c_void_p
curl.curl_slist_append.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
curl.curl_slist_free_all.argtypes = [ctypes.c_void_p]


class Handle:
    def __init__(self):
        self.handle = ctypes.c_void_p(curl.curl_easy_init())

    def set(self, option, value):
        if isinstance(value, str):
            value = ctypes.c_char_p(value.encode())
        elif isinstance(value, int):
            value = ctypes.c_long(value)
        if curl.curl_easy_setopt(self.handle, ctypes.c_int(option), value):
            sys.exit(f"option {option}")

    def one(self, step, version, url, ca):
        entry = {"n": step["n"], "method": step["method"], "uri": step["path"], "status": None, "sent": 0, "received": 0, "number": None, "trailers": None, "error": None}
        headers = {"X-Number": str(step["n"])}
        if step["close"]:
            headers["Connection"] = "close"
        curl.curl_easy_reset(self.handle)
        self.set(URL, url + step["path"])
        self.set(NOPROXY, "*")
        self.set(CAINFO, ca)
        self.set(HTTP_VERSION, HTTP_2 if version == "2" else HTTP_1_1)
        if step["method"] == "HEAD":
            self.set(NOBODY, 1)
        left = b"u" * (step["body"] or 0)

        def read(buffer, size, count, _):
            nonlocal left
            piece, left = left[:size * count], left[size * count:]
            ctypes.memmove(buffer, piece, len(piece))
            return len(piece)

        def header(buffer, size, count, _):
            name, _, value = buffer[:size * count].decode().partition(":")
            if name.lower() == "x-number":
                entry["number"] = value.strip()
            return size * count

        def write(_, size, count, __):
            entry["received"] += size * count
            return size * count

        callbacks = Callback(read), Callback(header), Callback(write)
        for option, callback in zip((READFUNCTION, HEADERFUNCTION, WRITEFUNCTION), callbacks):
            self.set(option, callback)
        if step["body"] is not None:
            headers["Expect"] = ""
            self.set(UPLOAD, 1)
            self.set(CUSTOMREQUEST, step["method"])
            if not step["chunked"]:
                self.set(INFILESIZE_LARGE, step["body"])
            elif version == "1.1":
                headers["Transfer-Encoding"] = "chunked"
        lines = None
        for name, value in headers.items():
            lines = curl.curl_slist_append(lines, (name + ": " + value if value else name + ":").encode())
        self.set(HTTPHEADER, ctypes.c_void_p(lines))
        code = curl.curl_easy_perform(self.handle)
        if code:
            entry["error"] = curl.curl_easy_strerror(code).decode()
        else:
            entry["sent"] = step["body"] or 0
        status = ctypes.c_long()
        curl.curl_easy_getinfo(self.handle, ctypes.c_int(RESPONSE_CODE), ctypes.byref(status))
        entry["status"] = status.value or None
        curl.curl_slist_free_all(lines)
        return entry


def main():
    _, version, url, path, ca = sys.argv[1:]
    if b"NSS" not in curl.curl_version():
        sys.exit(f"not NSS: {curl.curl_version()}")
    handle = Handle()
    with open(path, encoding="utf-8") as file:
        for line in file:
            print(json.dumps(handle.one(json.loads(line), version, url, ca)), flush=True)


main()
