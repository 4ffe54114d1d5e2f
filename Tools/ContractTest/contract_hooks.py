"""What Schemathesis has to know of the server beyond its document: which contacts and events exist, that a known key answers
whatever the body says, and how a batch of lines looks."""

import itertools
import json
import os
import pathlib
import re

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation

URL = os.environ["CONTRACT_URL"]
SESSION = requests.Session()
SESSION.headers["Authorization"] = "Bearer " + os.environ["CONTRACT_TOKEN"]

DOCUMENT = json.loads((pathlib.Path(__file__).parents[2] / "Sources/IngestAPI/openapi.json").read_text())
NAMES = DOCUMENT["components"]["schemas"]["ContactName"]["properties"]
KNOWN = {"email": "contract@example.com", "phone_number": "+4900000000"}
NUMBERS = itertools.count()


def existing_contact() -> str:
    """The id of a contact that exists now, whatever was deleted meanwhile."""
    found = SESSION.get(f"{URL}/v1/contacts", params={"email": KNOWN["email"]}).json()["data"]
    if found:
        return found[0]["id"]
    return SESSION.post(f"{URL}/v1/contacts", json=KNOWN).json()["data"]["id"]


def existing_event() -> str:
    """The id of an event of this account."""
    event = {"event_type": "contract", "email": KNOWN["email"], "idempotency_key": "contract"}
    return SESSION.post(f"{URL}/v1/events", json=event).json()["event_id"]


def is_form(value, name) -> bool:
    """Whether a value has the form of a contact's id, address or number."""
    return isinstance(value, str) and re.search(NAMES[name]["pattern"], value) is not None and len(value) <= 254


def name_existing_contact(body, names):
    """The body with a contact that exists in place of one that only could."""
    for member, name in names.items():
        if is_form(body.get(member), name):
            contact = existing_contact()
            return {**body, member: KNOWN.get(name, contact)}
    return body


@schemathesis.hook
def before_call(context, case, kwargs):
    """Puts what exists in place of what only has the form of it, where the other would be refused."""
    operation = case.operation.definition.raw.get("operationId", "")
    if operation == "ingestEvent" and isinstance(case.body, dict):
        case.body = name_existing_contact(case.body, {"privy_id": "id"})
    if "Named" in operation and isinstance(case.body, dict):
        case.body = name_existing_contact(case.body, {name: name for name in NAMES})
    if operation == "issueAccessToken" and isinstance(case.body, dict):
        # The credentials come by HTTP Basic, and must not come twice.
        case.body = {name: case.body[name] for name in case.body if not name.startswith("client_")}
    if operation == "listEvents" and re.fullmatch("[0-9a-f]{24}", str(case.query.get("after", ""))):
        case.query["after"] = existing_event()
    if operation == "ingestEvent" and case.meta is not None and case.meta.is_negative_at(ParameterLocation.BODY):
        # A key that is known answers for a payload that breaks a rule, and the header's key makes up for the body's.
        case.headers.pop("Idempotency-Key", None)
        if isinstance(case.body, dict) and re.fullmatch("[!#-~]{1,100}", str(case.body.get("idempotency_key", ""))):
            case.body = {**case.body, "idempotency_key": f"{case.body['idempotency_key']}-{next(NUMBERS)}"}


    if operation == "ingestEvent" and case.meta is not None and case.meta.is_negative_at(ParameterLocation.HEADER):
        # Nearly everything is a key, so what is to be refused is made one that is too long.
        if "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = "k" * 256
    elif operation == "ingestEvent" and "Idempotency-Key" in (case.headers or {}):
        # Keys are UTF-8, and the client below sends what it is given as Latin-1. Their length is one of bytes, of which the
        # document knows nothing.
        key = case.headers["Idempotency-Key"]
        if not key.isascii():
            case.headers["Idempotency-Key"] = key[:100].encode().decode("latin-1")


def lines(events) -> bytes:
    return b"\n".join(json.dumps(event).encode() for event in events)


schemathesis.openapi.media_type(
    "application/x-ndjson",
    st.lists(
        st.fixed_dictionaries(
            {"event_type": st.sampled_from(["a", "b", "no spaces"])},
            optional={"email": st.sampled_from(["a@example.com", "nobody"]), "idempotency_key": st.text(max_size=5)},
        ),
        min_size=1,
        max_size=10,
    ).map(lines),
)
