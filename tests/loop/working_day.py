"""What a day on the whole stack needs: its people, what they are told, and the sweep."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import urljoin

import boto3
from standardwebhooks import Webhook

from infra.local.deployment import STACK
from shared.flows.notify import KNOWN_FOR
from tests.loop.test_doors import LEAD_ID
from tests.pressing import FORM, filled_in
from tests.receiver import Receiver, Request

MARK = "-wd"  # behind the ids of the day, so that they are nobody else's on the stack
AT_HOME = "@working-day.example"  # where its people are mailed
PATIENCE = 40.0  # seconds until something is late


class Told(NamedTuple):
    """One message: to whom (or where), what it says, and about which lead."""

    to: str
    what: str
    about: str = ""


def until(holds: Callable[[], Any], what: Callable[[], object], seconds: float = PATIENCE) -> Any:
    """What `holds` answers, as soon as that is something."""
    ends = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < ends, what()
        time.sleep(0.2)
    return found


def plain(text: str) -> str:
    """The day's ids as the test calls them."""
    return text.replace(MARK, "")


@dataclass
class Cloud:
    """The local cloud's own services, for what people do not see of it."""

    endpoint_url: str

    def client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.endpoint_url)

    def output(self, name: str) -> str:
        (stack,) = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return next(o["OutputValue"] for o in stack["Outputs"] if o["OutputKey"] == name)

    def begin_anew(self, logical_id: str) -> None:
        """As a deployment does: its processes are new, and know the secrets that there are now."""
        (resource,) = self.client("cloudformation").describe_stack_resources(
            StackName=STACK, LogicalResourceId=logical_id
        )["StackResources"]
        functions, name = self.client("lambda"), resource["PhysicalResourceId"]
        seconds = functions.get_function_configuration(FunctionName=name)["Timeout"]
        functions.update_function_configuration(FunctionName=name, Timeout=seconds)
        nothing = json.dumps({"detail": {"id": "nothing"}})
        with ThreadPoolExecutor(2) as at_once:  # to begin takes longer than to do it
            for _ in range(2):
                at_once.submit(functions.invoke, FunctionName=name, Payload=nothing)

    @contextmanager
    def swept(self, every: float = 1.5) -> Iterator[None]:
        """The sweep, more often than the stack's own: no two stages of a lead fall into one."""
        stopped = threading.Event()
        functions, name = self.client("lambda"), self.output("DeadlinesFunctionName")

        def sweep() -> None:
            while not stopped.wait(every):
                with suppress(Exception):  # the next one does what this one did not
                    functions.invoke(FunctionName=name, Payload=b"{}")

        thread = threading.Thread(target=sweep, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join(20)

    @contextmanager
    def managers(self) -> Iterator["Managers"]:
        """Somebody who subscribes to the managers' topic."""
        sqs, sns = self.client("sqs"), self.client("sns")
        queue = sqs.create_queue(QueueName=f"managers{MARK}")["QueueUrl"]
        about = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        subscription = sns.subscribe(
            TopicArn=self.output("ManagerTopicArn"),
            Protocol="sqs",
            Endpoint=about["Attributes"]["QueueArn"],
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        try:
            yield Managers(sqs, queue)
        finally:
            sns.unsubscribe(SubscriptionArn=subscription)
            sqs.delete_queue(QueueUrl=queue)


@dataclass
class Managers:
    sqs: Any
    queue: str
    heard: list[tuple[str, str]] = field(default_factory=list)

    def notices(self) -> list[tuple[str, str]]:
        """Subject and text of each so far."""
        while True:
            answer = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
            for message in answer.get("Messages", ()):
                body = json.loads(message["Body"])
                self.heard.append((body["Subject"], body["Message"]))
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
            if not answer.get("Messages"):
                return self.heard


@dataclass
class Day:
    """The leads of the day, and whatever anybody is told of them."""

    stack: Any
    cloud: Cloud
    receiver: Receiver
    managers: Managers
    team: str  # the configuration
    secret: str  # what the webhook's requests are signed with
    leads: dict[str, str] = field(default_factory=dict)  # what the test calls them: ids
    applied_at: float = field(default_factory=time.monotonic)

    def wait_until_known(self) -> None:
        """For the rest of the time until every process has noticed the configuration."""
        time.sleep(max(0.0, self.applied_at + KNOWN_FOR - time.monotonic()))

    def comes(self, name: str, pool: str, *told: Told) -> str:
        """Somebody fills in the form, for this pool; answers the lead's id when these were told."""
        said = {"name": name, "email": f"{name.lower()}@customer.example", "product": pool}
        body = json.dumps(said).encode()

        def sent() -> Any:
            path = f"/v1/forms/day{MARK}/leads"
            status, _, answer = self.stack.request(
                "POST", path, body, content_type="application/json"
            )
            assert status in (201, 404), answer  # a new form is known within seconds
            return answer if status == 201 else None

        self.leads[name] = until(sent, lambda: "the form is not known")["lead_id"]
        self.hear(*told)
        return self.leads[name]

    def hear(self, *expected: Told) -> None:
        """Go on when all of these have been told."""
        chats = {one for one in expected if one.to.endswith("chat")}
        notices = {one for one in expected if one.to == "managers"}
        # The mailbox comes last: looking into it is no small thing for the local cloud.
        self._hear(self._chatted, chats)
        self._hear(self._noticed, notices)
        self._hear(self._mailed, {*expected} - chats - notices)

    def _hear(self, told: Callable[[], Iterable[Told]], expected: set[Told]) -> None:
        missing = set(expected)

        def nothing_missing() -> bool:
            if missing:
                missing.difference_update(told())
            return not missing

        until(nothing_missing, lambda: f"{missing} among {self.told()}")

    def lead(self, name: str) -> Any:
        return self.stack.ask(f"/v1/leads/{self.leads[name]}")

    def history(self, name: str) -> list[str]:
        """Each step with whose it was, and who did it where that is somebody else."""
        return [_step(record) for record in self.lead(name)["history"]]

    # ── What is told ─────────────────────────────────────────────────────────────────────────────

    def told(self) -> list[Told]:
        """What people were told so far: by mail, in chats, by the managers' topic."""
        return [*self._mailed(), *self._chatted(), *self._noticed()]

    def mails(self, to: str) -> list[dict[str, Any]]:
        """A person's mails, oldest first."""
        return [mail for mail in self.stack.mails("") if mail["To"] == [f"{to}{AT_HOME}"]]

    def mail(self, to: str, name: str = "") -> str:
        """The text of the newest mail to somebody, about this lead."""
        texts = [mail["BodyText"] for mail in self.mails(to)]
        return str([text for text in texts if self.leads.get(name, "") in text][-1])

    def webhooks(self) -> list[tuple[str, str, str]]:
        """Of each request whose signature is right: its own id, the event's id, and its type."""
        found = []
        for request in self._requests("/crm"):
            said = Webhook(self.secret).verify(request.body, request.headers)
            found.append((request.headers["webhook-id"], said["data"]["id"], said["type"]))
        return found

    def _mailed(self) -> Iterator[Told]:
        for mail in self.stack.mails(""):
            (to,) = mail["To"]
            if to.endswith(AT_HOME):
                what = re.sub(r"( until [^:]*\d\d:\d\d(:\d\d)?)?: .*", "", mail["Subject"])
                yield Told(to.removesuffix(AT_HOME), what, self._label(mail["BodyText"]))

    def _chatted(self) -> Iterator[Told]:
        for path, chat in (("/chat", "chat"), ("/cleo", "cleo's chat")):
            for request in self._requests(path):
                what = request.json["text"].partition(":")[0]
                yield Told(chat, what, self._label(request.body.decode()))

    def _noticed(self) -> Iterator[Told]:
        for subject, text in self.managers.notices():
            if MARK in subject + text or self._label(text):
                what = plain(subject).removeprefix("leadwheel: ")
                yield Told("managers", what, self._label(text))

    def _requests(self, path: str) -> list[Request]:
        return [request for request in list(self.receiver.got) if request.path == path]

    def _label(self, text: str) -> str:
        names = {lead_id: name for name, lead_id in self.leads.items()}
        return next((names[one] for one in LEAD_ID.findall(text) if one in names), "")


def _step(record: Any) -> str:
    by = record["by"] if record["by"] != record["rep"] else None
    return plain(" ".join(filter(None, (record["step"], record["rep"], by and f"by {by}"))))


@dataclass
class Person:
    """Somebody with a browser, and with a program that asks the API for them."""

    day: Day
    name: str
    cookie: str = ""
    url: str = ""
    page: str = ""
    status: int = 0
    token: str = ""

    # ── In the browser ───────────────────────────────────────────────────────────────────────────

    def go(self, address: str, method: str = "GET", body: bytes | None = None) -> str:
        """The page as it is read; redirects are followed, and the cookie is kept."""
        self.url = urljoin(self.url or f"{self.day.stack.described['api_url']}/", address)
        headers = {"cookie": self.cookie, **_underscored(FORM if body is not None else {})}
        self.status, answered, self.page = self.day.stack.request(method, self.url, body, **headers)
        for name, morsel in SimpleCookie(answered.get("Set-Cookie", "")).items():
            self.cookie = f"{name}={morsel.value}"
        if self.status == 303:
            return self.go(answered["Location"])
        return " ".join(re.sub("<[^>]+>", " ", self.page).split())

    def my(self, path: str) -> str:
        return self.go(f"{self.day.stack.described['api_url']}/my/{path}")

    def press(self, action: str, **fields: str) -> str:
        """Send a form that stands on the page."""
        assert f'action="{action}"' in self.page, self.url
        assignment = re.search(r'name="assignment" value="(\d+)"', self.page)
        known = {"assignment": assignment[1]} if assignment else {}
        return self.go(action, "POST", filled_in(self.page, **known, **fields))

    def sign_in(self) -> str:
        """By the mailed link; answers the page that comes then."""
        self.go("sign-in")
        self.press("sign-in", email=f"{self.name}{AT_HOME}")
        self.day.hear(Told(self.name, "Your link to sign in to leadwheel"))
        (link,) = re.findall(r"http://\S+/s/\S+", self.day.mail(self.name))
        self.go(link)
        return self.press_mailed()

    # ── By a program ─────────────────────────────────────────────────────────────────────────────

    def begin_program(self) -> None:
        """A session's token, as the page shows it once."""
        self.my("sessions")
        self.press("../my/sessions")
        self.token = re.search(r"lws_[\w.-]+", self.page)[0]

    def ask(self, path: str, body: Any = None, method: str = "POST") -> tuple[int, Any]:
        """The API's answer; what is asked for is written with the day's own ids."""
        raw = None if body is None else json.dumps(body).encode()
        status, _, answer = self.day.stack.request(
            method,
            path,
            raw,
            authorization=f"Bearer {self.token}",
            content_type="application/json",
        )
        return status, answer

    def do(self, name: str, step: str, **body: Any) -> Any:
        """A step with a lead that must be possible; answers the lead after it."""
        status, answer = self.ask(f"/v1/leads/{self.day.leads[name]}/{step}", body)
        assert status == 200, answer
        return answer

    # ── By a mail ────────────────────────────────────────────────────────────────────────────────

    def mailed_link(self, lead: str) -> str:
        (link,) = re.findall(r"http://\S+/a/\S+", self.day.mail(self.name, lead))
        return str(link)

    def press_mailed(self) -> str:
        """The button of the page behind a mailed link, which is open in the browser."""
        return self.press(self.url.rpartition("/")[2])


def _underscored(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in headers.items()}
