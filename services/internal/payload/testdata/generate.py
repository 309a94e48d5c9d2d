"""Asks the original's validation for more answers, and writes more.json.

    python3 -m venv venv && venv/bin/pip install fastapi==0.103.2 'pydantic<2' 'httpx<0.28'
    venv/bin/python generate.py > more.json

With those versions it gives every answer in cases.json; it stops if not.
"""
import json
import pathlib
import sys
from typing import Optional, Union

from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from pydantic import BaseModel

TOKEN = "local-dev-token"


class Email(BaseModel):
    email_subject: str
    email_sender: str
    email_timestream: Union[int, str]
    email_content: str


class Payload(BaseModel):
    data: Email
    token: Optional[str] = None


app = FastAPI()


@app.post("/ingest")
def ingest(payload: Payload):
    if not payload.token:
        raise HTTPException(401, "Token is required")
    if payload.token != TOKEN:
        raise HTTPException(403, "Invalid token")
    try:
        timestream = int(payload.data.email_timestream)
    except (TypeError, ValueError):
        raise HTTPException(400, "email_timestream must be a unix timestamp")
    return {**payload.data.dict(), "email_timestream": timestream}


client = TestClient(app, raise_server_exceptions=False)


def ask(name, body, content_type="application/json"):
    headers = {} if content_type is None else {"content-type": content_type}
    answer = client.post("/ingest", content=body.encode("utf-8", "surrogatepass"), headers=headers)
    case = {"name": name, "content_type": content_type, "body": body, "status": answer.status_code, "response": answer.json()}
    if answer.status_code == 200:
        case["message"] = answer.json()
        case["response"] = {}
    return case


def payload(timestream="1", subject='"s"', token=f'"{TOKEN}"', sender='"x"', content='"c"'):
    return ('{"data":{"email_subject":%s,"email_sender":%s,"email_timestream":%s,"email_content":%s},"token":%s}'
            % (subject, sender, timestream, content, token))


def more():
    literals = ["0", "-0", "1.0", "-1.9", "1e3", "1E-3", "1e22", "1e23", "1e400", "-1e400", "NaN", "Infinity", "-Infinity",
                "true", "false", "null", "[]", "{}", "[[]]", '""', '" "', '"x"', '"12"', '" 12\\n"', '"+12"', '"-12"', '"--1"',
                '"1_0"', '"1__0"', '"_1"', '"1_"', '"0x1"', '"1e3"', '"1.0"', '"\\u0663\\u0664"', '"\\uff11"', '"\\u00b2"',
                '"\\u001c5"', '"\\u00a05\\u2003"', '"\\u200b5"', '"true"', '"0012"', "9007199254740993.0", "0.1", "1e-7", "123456789.123456789",
                "1e15", "1e16", "12345678901234567890", "-12345678901234567890"]
    for literal in literals:
        yield ask(f"timestamp {literal}", payload(timestream=literal))
        yield ask(f"subject {literal}", payload(subject=literal))
        yield ask(f"token {literal}", payload(token=literal))
        yield ask(f"data {literal}", '{"data":%s,"token":"x"}' % literal)
        yield ask(f"body {literal}", literal)
    broken = ["{", "[", "[1", "[1,", "[1,]", "[1 2]", '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{"a" 1}', "{1:2}", "{,}", "[,]",
              '"', '"a', '"\\', '"\\x"', '"\\u12"', '"\\u123g"', '"\\ud800\\u12"', '"a\tb"', '"a\nb"', "nul", "tru", "nan", "-", "-a", "+1", "01", "1.", ".5", "1e", "1e+", "0x1",
              "1 2", "[] x", "\u00e9", '"\u00e9" x', "\U0001f389", "  ", "\n", "\u00a0{}", "[1]]", "-Infinit", "'a'", "//", "{\"a\":'b'}",
              '{"\\ud800": 1}', "\x00", "\x0b1", '{"a":1 "b":2}', "[\"a\" \"b\"]"]
    for body in broken:
        yield ask(f"body {body!r}", body)
    for content_type in ["text/json", "application/xml", "application/JSON", "application/vnd.api+json", "application/x-www-form-urlencoded", "multipart/form-data"]:
        yield ask(f"content type {content_type}", payload(), content_type)
        yield ask(f"content type {content_type}, empty", "", content_type)
    yield ask("everything wrong", '{"data":{"email_subject":null,"email_sender":{},"email_content":[]},"token":[]}')
    yield ask("data missing, token wrong", '{"token":{}}')
    yield ask("keys escaped", payload().replace("data", "d\\u0061ta"))
    yield ask("keys in other case", payload().replace("email_subject", "Email_Subject"))
    yield ask("second data wins", '{"data":5,' + payload()[1:])
    yield ask("second data wins, wrong", payload()[:-1] + ',"data":5}')


def main():
    for case in json.loads(pathlib.Path(__file__).with_name("cases.json").read_text()):
        got = ask(case["name"], case["body"], case["content_type"])
        if got["status"] != case["status"]:
            sys.exit(f"{case['name']}: {got['status']}, not {case['status']}")
        if case["status"] != 200 and got["response"] != case["response"]:
            sys.exit(f"{case['name']}: {got['response']}, not {case['response']}")
    json.dump(list(more()), sys.stdout, indent=1)
    sys.stdout.write("\n")


main()
