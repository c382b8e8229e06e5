"""Every scheme takes what was signed with one of the secrets, and nothing else."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sources import signatures
from shared.sources.delivery import Delivery
from shared.sources.formats import format_of
from shared.sources.signatures import Scheme

AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
BODY = '{"name":"Zoë","email":"zoe@one.example"}'.encode()
SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes, or very nearly").decode()
OTHER = "whsec_" + base64.b64encode(b"thirty-two others, or very nearly").decode()

UNTIMED = {
    "hex": signatures.hmac_header("x-signature"),
    "base64 with a prefix": signatures.hmac_header("x-signature", "sha1=", "base64", "sha1"),
    "LinkedIn": format_of("linkedin").SCHEME,
    "TikTok": format_of("tiktok").SCHEME,
    "Netlify": signatures.NETLIFY,
}
TIMED = {
    "one header": signatures.timestamped_header("x-signature", "t", "v1"),
    "Webflow": signatures.WEBFLOW,
    "HubSpot": signatures.HUBSPOT,
    "Standard Webhooks": signatures.STANDARD_WEBHOOKS,
}
KEYS = {"shared key": signatures.SHARED_KEY, "in the body": signatures.body_member("key")}
ALL = {**UNTIMED, **TIMED, **KEYS}

ODD = ["\ud800", "t=", "t=1,t=2", "Basic", "Basic =", "Basic YQ==", ".", "..", "v1,", "9" * 99]


def delivery(body: bytes = BODY, **more: object) -> Delivery:
    made = Delivery(body, AT, url="https://leads.example/in/hs?a=1%2F2&b=%20#top")
    return replace(made, **more)


def flips(text: str) -> list[str]:
    """The text with one bit of each of its characters changed."""
    return [
        text[:place] + chr(ord(char) ^ 1) + text[place + 1 :] for place, char in enumerate(text)
    ]


@pytest.mark.parametrize("scheme", ALL.values(), ids=ALL)
class TestEveryScheme:
    def test_what_it_signs_is_genuine(self, scheme: Scheme) -> None:
        assert scheme.is_genuine(scheme.signed(delivery(), SECRET), [SECRET])

    def test_any_of_the_secrets_will_do(self, scheme: Scheme) -> None:
        signed = scheme.signed(delivery(), SECRET)
        assert scheme.is_genuine(signed, [OTHER, SECRET, "not base64: ü"])
        assert scheme.is_genuine(signed, (SECRET, OTHER))

    def test_another_secret_will_not(self, scheme: Scheme) -> None:
        signed = scheme.signed(delivery(), SECRET)
        assert not scheme.is_genuine(signed, [])
        for secret in (OTHER, "", "whsec_", SECRET[:-6], f"x{SECRET}", "ü", "\ud800"):
            assert not scheme.is_genuine(signed, [secret])

    def test_nothing_is_signed_with_nothing(self, scheme: Scheme) -> None:
        """An empty secret would make everybody genuine."""
        assert not scheme.is_genuine(scheme.signed(delivery(), ""), [""])
        assert not scheme.is_genuine(delivery(), [""])

    def test_what_is_not_signed_is_not_genuine(self, scheme: Scheme) -> None:
        assert not scheme.is_genuine(delivery(), [SECRET])
        assert not scheme.is_genuine(delivery(b""), [SECRET])
        assert not scheme.is_genuine(delivery(b"\xff\xfe"), [SECRET])

    def test_one_bit_of_what_proves_it_matters(self, scheme: Scheme) -> None:
        signed = scheme.signed(delivery(), SECRET)
        for header, text in signed.headers.items():
            others = {*flips(text), text[:-1], f"{text}0", f"x{text}", "", text.swapcase()}
            for changed in others - {text}:
                shown = replace(signed, headers={**signed.headers, header: changed})
                assert not scheme.is_genuine(shown, [SECRET]), changed

    @settings(deadline=None)
    @given(data=st.data())
    def test_malformed_headers_are_not_genuine_and_no_error(
        self, scheme: Scheme, data: st.DataObject
    ) -> None:
        signed = scheme.signed(delivery(), SECRET)
        anything = st.text(max_size=30) | st.sampled_from(
            [
                "\ud800",
                "t=",
                "t=1,t=2",
                "Basic",
                "Basic =",
                "Basic YQ==",
                ".",
                "..",
                "=",
                "v1,",
                "9" * 99,
            ]
        )
        if signed.headers:
            name = data.draw(st.sampled_from(sorted(signed.headers)))
            headers = {**signed.headers, name: data.draw(anything)}
            assert not scheme.is_genuine(replace(signed, headers=headers), [SECRET])
        headers = {name: data.draw(anything) for name in (*signed.headers, "authorization")}
        assert not scheme.is_genuine(delivery(headers=headers), [SECRET])

    def test_huge_headers_are_no_error(self, scheme: Scheme) -> None:
        names = (*scheme.signed(delivery(), SECRET).headers, "authorization")
        for text in ("x" * 100_000, "t=1," * 30_000, "v1,x " * 30_000, "." * 100_000):
            shown = delivery(headers=dict.fromkeys(names, text))
            assert not scheme.is_genuine(shown, [SECRET])


@pytest.mark.parametrize("scheme", {**UNTIMED, **TIMED}.values(), ids=[*UNTIMED, *TIMED])
def test_one_bit_of_the_body_matters(scheme: Scheme) -> None:
    signed = scheme.signed(delivery(), SECRET)
    for place in range(len(BODY)):
        raw = bytearray(BODY)
        raw[place] ^= 1
        assert not scheme.is_genuine(replace(signed, body=bytes(raw)), [SECRET])
    assert not scheme.is_genuine(replace(signed, body=BODY + b" "), [SECRET])


@pytest.mark.parametrize("scheme", TIMED.values(), ids=TIMED)
class TestTime:
    @pytest.mark.parametrize("minutes", [-5, 0, 5])
    def test_the_tolerance_is_five_minutes_both_ways(self, scheme: Scheme, minutes: int) -> None:
        signed = scheme.signed(delivery(), SECRET)
        late = replace(signed, at=AT + timedelta(minutes=minutes))
        assert scheme.is_genuine(late, [SECRET])

    @pytest.mark.parametrize("seconds", [301, -301, 86_400, -86_400, 10**9])
    def test_the_old_and_the_future_are_not_genuine(self, scheme: Scheme, seconds: int) -> None:
        signed = scheme.signed(delivery(), SECRET)
        assert not scheme.is_genuine(replace(signed, at=AT + timedelta(seconds=seconds)), [SECRET])

    def test_the_time_is_what_the_delivery_says_and_not_the_machine_s(self, scheme: Scheme) -> None:
        for at in (datetime(2001, 9, 9, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)):
            signed = scheme.signed(delivery(at=at), SECRET)
            assert scheme.is_genuine(signed, [SECRET])


class TestKnownAnswers:
    """Signatures made elsewhere, so that both our sides cannot be wrong together."""

    PAGE = b'{"object":"page","entry":[]}'

    def shown(self, at: int, headers: dict[str, str]) -> Delivery:
        return Delivery(self.PAGE, datetime.fromtimestamp(at, UTC), headers=headers)

    @pytest.mark.parametrize(
        ("name", "secret", "headers"),
        [
            (
                "meta",
                "app-secret",
                {
                    "x-hub-signature-256": (
                        "sha256=e6e9d7a842a48e17f43a34d6125d0d933e2aab92ee37f0993a4d493b50e3d438"
                    )
                },
            ),
            (
                "typeform",
                "tf-secret",
                {"typeform-signature": "sha256=BwEJFFD0JKm0qqIP5QzqqhhWutEV5RAEk7TnxDJ/YY8="},
            ),
            (
                "tiktok",
                "tt-secret",
                {
                    "tiktok-signature": (
                        "t=1633174587,"
                        "s=fb08683de1d794be41c603a890b8ebf3ce97c1866aa2b2af12d2859b45720d63"
                    )
                },
            ),
            (
                "calendly",
                "cal-secret",
                {
                    "calendly-webhook-signature": (
                        "t=1633174587,"
                        "v1=f1d36fbf5c143bee78f3e25ecc0642d007c1b39b1247a42f54dade74cb93886f"
                    )
                },
            ),
            (
                "webflow",
                "wf-secret",
                {
                    "x-webflow-timestamp": "1633174587000",
                    "x-webflow-signature": (
                        "15ecdfed2275d9b9e529c8f4cdb86feba774a96e096a70eee0503e07c3f00af6"
                    ),
                },
            ),
        ],
    )
    def test_platforms(self, name: str, secret: str, headers: dict[str, str]) -> None:
        scheme = format_of(name).SCHEME
        assert scheme.is_genuine(self.shown(1633174587, headers), [secret])
        assert not scheme.is_genuine(self.shown(1633174587, headers), [f"{secret}s"])

    def test_standard_webhooks(self) -> None:
        """From the test suite of the specification's own libraries."""
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        headers = {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        }
        at = datetime.fromtimestamp(1614265330, UTC)
        shown = Delivery(b'{"test": 2432232314}', at, headers=headers)
        scheme = signatures.STANDARD_WEBHOOKS
        assert scheme.is_genuine(shown, [secret])
        assert scheme.is_genuine(shown, [secret.removeprefix("whsec_")])
        several = f"v1a,xyz v1,AAAA {headers['webhook-signature']} v2,x"
        assert scheme.is_genuine(
            replace(shown, headers={**headers, "webhook-signature": several}), [secret]
        )
        wrong = headers["webhook-signature"].replace("1OE=", "1OA=")
        assert not scheme.is_genuine(
            replace(shown, headers={**headers, "webhook-signature": wrong}), [secret]
        )

    def test_hubspot(self) -> None:
        """Method, address with some characters decoded and without fragment, body, time."""
        time = str(int(AT.timestamp() * 1_000))
        said = b"POSThttps://leads.example/in/hs?a=1/2&b=%20" + BODY + time.encode()
        made = base64.b64encode(hmac.digest(SECRET.encode(), said, "sha256")).decode()
        headers = {"x-hubspot-request-timestamp": time, "x-hubspot-signature-v3": made}
        shown = delivery(headers=headers)
        assert signatures.HUBSPOT.is_genuine(shown, [SECRET])
        assert not signatures.HUBSPOT.is_genuine(replace(shown, method="PUT"), [SECRET])
        assert not signatures.HUBSPOT.is_genuine(
            replace(shown, url="https://leads.example/in/other"), [SECRET]
        )


class TestTimestampedHeader:
    SCHEME = signatures.timestamped_header("x-signature", "t", "v1")

    def made(self, time: str, secret: str = SECRET) -> str:
        return hmac.digest(secret.encode(), f"{time}.".encode() + BODY, "sha256").hex()

    def genuine(self, text: str) -> bool:
        return self.SCHEME.is_genuine(delivery(headers={"x-signature": text}), [SECRET])

    def test_spaces_order_other_members_and_several_signatures_are_fine(self) -> None:
        time = str(int(AT.timestamp()))
        old, made = self.made(time, OTHER), self.made(time)
        assert self.genuine(f"v0=x, v1={old} ,v1={made}, t={time}")

    @pytest.mark.parametrize(
        "shown",
        [
            "t={t},t={t},v1={s}",
            "t={t},t=1,v1={s}",
            "t={t}.0,v1={s}",
            "t=+{t},v1={s}",
            "t=-{t},v1={s}",
            "t= {t},v1={s}",
            "t={t}",
            "v1={s}",
            "t={t},v0={s}",
            "t={t},v1=",
            "t={t};v1={s}",
            "T={t},V1={s}",
            "{t},{s}",
        ],
    )
    def test_anything_else_is_not(self, shown: str) -> None:
        time = str(int(AT.timestamp()))
        assert not self.genuine(shown.format(t=time, s=self.made(time)))

    def test_digits_of_other_scripts_are_no_time(self) -> None:
        """`int` would take them, and what was signed is the text."""
        time = str(int(AT.timestamp())).translate({48 + n: chr(0x660 + n) for n in range(10)})
        assert not self.genuine(f"t={time},v1={self.made(time)}")


class TestNetlify:
    def token(self, claims: object, head: object = None, secret: str = SECRET) -> str:
        parts = [head or {"alg": "HS256", "typ": "JWT"}, claims]
        message = ".".join(self.coded(json.dumps(part).encode()) for part in parts)
        return f"{message}.{self.coded(hmac.digest(secret.encode(), message.encode(), 'sha256'))}"

    def coded(self, raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def genuine(self, token: str) -> bool:
        shown = delivery(headers={"x-webhook-signature": token})
        return signatures.NETLIFY.is_genuine(shown, [SECRET])

    CLAIMS = {"iss": "netlify", "sha256": hashlib.sha256(BODY).hexdigest()}  # noqa: RUF012

    def test_a_token_of_any_library_counts(self) -> None:
        assert self.genuine(self.token(self.CLAIMS))
        assert self.genuine(self.token({**self.CLAIMS, "exp": 1}))

    @pytest.mark.parametrize(
        "claims",
        [
            {"iss": "netlify"},
            {"iss": "netlify", "sha256": hashlib.sha256(b"other").hexdigest()},
            {"iss": "netlify", "sha256": None},
            {"iss": "other", "sha256": hashlib.sha256(BODY).hexdigest()},
            {"sha256": hashlib.sha256(BODY).hexdigest()},
            {},
            [],
            "netlify",
            None,
        ],
    )
    def test_claims_of_another_body_or_sender_do_not(self, claims: object) -> None:
        assert not self.genuine(self.token(claims))

    def test_a_token_without_signature_does_not(self) -> None:
        """Whatever its head says of algorithms."""
        unsigned = self.token(self.CLAIMS, {"alg": "none"}).rpartition(".")[0]
        assert not self.genuine(f"{unsigned}.")
        assert not self.genuine(unsigned)
        assert not self.genuine(self.token(self.CLAIMS, secret=OTHER))

    def test_claims_that_are_no_json_do_not(self) -> None:
        for claims in (b"\xff", b"{", b"", b"[" * 5_000):
            message = f"{self.coded(b'{}')}.{self.coded(claims)}"
            made = hmac.digest(SECRET.encode(), message.encode(), "sha256")
            assert not self.genuine(f"{message}.{self.coded(made)}")


class TestSharedKey:
    def basic(self, text: bytes) -> dict[str, str]:
        return {"authorization": f"Basic {base64.b64encode(text).decode()}"}

    def genuine(self, **more: object) -> bool:
        return signatures.SHARED_KEY.is_genuine(delivery(**more), [SECRET])

    def test_a_header_a_parameter_or_a_password_will_do(self) -> None:
        assert self.genuine(headers={"x-leadwheel-key": SECRET})
        assert self.genuine(query={"key": SECRET})
        assert self.genuine(headers=self.basic(f"anybody:{SECRET}".encode()))
        assert self.genuine(headers=self.basic(f":{SECRET}".encode()))
        right = self.basic(f"u:{SECRET}".encode())["authorization"]
        assert self.genuine(headers={"authorization": right.replace("Basic", "bASIC")})

    def test_one_right_place_is_enough(self) -> None:
        assert self.genuine(headers={"x-leadwheel-key": "wrong"}, query={"key": SECRET})

    def test_passwords_can_hold_colons_and_letters_of_any_script(self) -> None:
        headers = self.basic("u:pä:ss".encode())
        assert signatures.SHARED_KEY.is_genuine(delivery(headers=headers), ["pä:ss"])

    def test_nothing_else_will(self) -> None:
        assert not self.genuine(query={"Key": SECRET, "token": SECRET})
        assert not self.genuine(headers={"authorization": f"Bearer {SECRET}"})
        assert not self.genuine(headers={"authorization": f"Basic {SECRET}"})
        assert not self.genuine(headers=self.basic(SECRET.encode()))
        assert not self.genuine(headers=self.basic(f"{SECRET}:".encode()))
        assert not self.genuine(headers=self.basic(b"u:\xff"))
        assert not self.genuine(headers={"x-leadwheel-key": f"{SECRET} "})


class TestSame:
    @pytest.mark.parametrize("shown", [None, "", "a", "ab ", "AB", "ä", "\ud800", "?"])
    def test_nothing_is_the_same_as_nothing_or_anything_else(self, shown: str | None) -> None:
        assert not signatures.same(shown, "ab")
        assert not signatures.same(shown, "")

    @settings(deadline=None)
    @given(st.text(min_size=1))
    def test_every_text_is_the_same_as_itself(self, text: str) -> None:
        assert signatures.same(text, text)


def test_any_of_a_platform_s_ways_counts_and_the_first_signs() -> None:
    first, second = signatures.hmac_header("a"), signatures.SHARED_KEY
    scheme = signatures.either(first, second)
    assert scheme.signed(delivery(), SECRET) == first.signed(delivery(), SECRET)
    for each in (first, second):
        assert scheme.is_genuine(each.signed(delivery(), SECRET), [SECRET])
    assert not scheme.is_genuine(delivery(), [SECRET])
