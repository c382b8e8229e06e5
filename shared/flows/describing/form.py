"""A website form, described."""

from shared.domain.description import Description, Exchange, Proof
from shared.domain.sources import Form
from shared.flows.describing import requests
from shared.flows.describing.common import EXAMPLE_ID, in_common
from shared.flows.describing.fields import as_sent, described_fields, sample_values
from shared.flows.describing.refusals import refusals_of


def described_form(form: Form, form_id: str, base: str, version: int) -> Description:
    """What whoever builds the page or its script has to know."""
    proof, address = Proof("nothing"), f"{base}/leads"
    fields = described_fields(form, form.aliases)
    body = requests.json_body(as_sent(sample_values(form), form.aliases))
    page = requests.html_form(
        address,
        [field for name in body.members for field in fields if field.name == name],
        consent=form.consent.text if form.consent else "",
        honeypot=form.honeypot,
        started_field=form.started_field,
        redirect=next(iter(form.redirects), None),
    )
    samples = (page, requests.curl(address, body, proof), requests.python(address, body, proof))
    answer = {"lead_id": EXAMPLE_ID, "status": "received"}
    return Description(
        kind="form",
        source_id=form_id,
        name=form.name or form_id,
        version=version,
        state="live",
        proof=proof,
        fields=fields,
        post=Exchange(address, samples, body, answer),
        refusals=refusals_of(form),
        origins=tuple(form.origins),
        redirects=tuple(form.redirects),
        thank_you_url=form.thank_you_url,
        honeypot=form.honeypot,
        started_field=form.started_field,
        **in_common(form),
    )
