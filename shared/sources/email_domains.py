"""What kind of e-mail domain it is. The list of throw-away ones is loaded when first asked for."""

# Where people have private addresses; from the providers' own pages. Not complete, and it need not
# be: who is missed is taken for a company, which costs a screen its effect and nobody a lead.
_FREE = """
163.com 126.com aol.com bluewin.ch bol.com.br comcast.net fastmail.com free.fr freenet.de gmail.com
gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de
hotmail.es hotmail.fr hotmail.it hotmail.se icloud.com inbox.lv interia.pl laposte.net libero.it
live.com live.se live.co.uk live.fr live.nl mac.com mail.com mail.ru me.com msn.com naver.com o2.pl
online.no orange.fr outlook.com outlook.de outlook.es outlook.fr outlook.it pm.me proton.me
protonmail.com qq.com rediffmail.com rocketmail.com sapo.pt seznam.cz sfr.fr sina.com spray.se
t-online.de telia.com tiscali.it tutanota.com uol.com.br virgilio.it wanadoo.fr web.de wp.pl
yahoo.ca yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr
yahoo.it yandex.com yandex.ru ymail.com zoho.com
"""
FREE = frozenset(_FREE.split())


def domain_is(domain: str, kind: str) -> bool:
    """Whether a domain (lower case) is "free" or "disposable", as mail providers go."""
    if kind == "free":
        return domain in FREE
    from disposable_email_domains import blocklist

    parts = domain.split(".")
    return any(".".join(parts[start:]) in blocklist for start in range(len(parts) - 1))
