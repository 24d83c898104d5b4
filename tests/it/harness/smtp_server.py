"""A real SMTP server for tests: TLS and AUTH required, everything it accepts told on standard output.

One JSON object a line. It says {"port": N} first, then {"mail": {...}} for every mail, in the order in
which they were taken. It reads commands on standard input and answers each with {"ack": "..."} once it
is in force:

    {"do": "accept"}
    {"do": "refuse", "code": 451, "stage": "data"}    or stage "rcpt"; any code
    {"do": "drop"}                                    takes the mail, then breaks the line without a reply
    {"do": "down"}                                    closes the listener and every connection
    {"do": "up"}                                      listens again, at the same port
    {"do": "nothing"}                                 so that its ack follows every mail taken before

It ends when its standard input closes, so it never outlives the test that started it.
"""

import argparse
import asyncio
import base64
import email
import email.policy
import json
import logging
import ssl
import sys
import time

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def say(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def parsed(raw):
    """What a mail program would show of a message."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    bodies = {kind: message.get_body(preferencelist=(kind,)) for kind in ("plain", "html")}
    return {
        "headers": [[name, str(value)] for name, value in message.items()],
        "text": bodies["plain"].get_content() if bodies["plain"] else None,
        "html": bodies["html"].get_content() if bodies["html"] else None,
    }


class Line(SMTP):
    """One connection, in the set of open ones for as long as it lives."""

    def __init__(self, others, *args, **options):
        super().__init__(*args, **options)
        self.others = others

    def connection_made(self, transport):
        self.others.add(self)
        super().connection_made(transport)

    def connection_lost(self, error):
        self.others.discard(self)
        super().connection_lost(error)


class Server:
    def __init__(self, args):
        self.args = args
        self.port = args.port
        self.mode = {"do": "accept"}
        self.listener = None
        self.open = set()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(args.cert, args.key)

    # Hooks of the protocol.

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode["do"] == "refuse" and self.mode.get("stage") == "rcpt":
            return f"{self.mode['code']} refused as told"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mode["do"] == "refuse":
            return f"{self.mode['code']} refused as told"
        raw = envelope.content
        answered = self.mode["do"] != "drop"
        say({
            "mail": {
                "time_us": time.time_ns() // 1000,
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "answered": answered,
                "raw": base64.b64encode(raw).decode(),
                **parsed(raw),
            }
        })
        if not answered:
            server.transport.abort()
        return "250 OK: taken"

    def authenticate(self, server, session, envelope, mechanism, data):
        wanted = (self.args.user.encode(), self.args.password.encode())
        known = isinstance(data, LoginPassword) and (data.login, data.password) == wanted
        return AuthResult(success=known, handled=known)

    # Listening.

    def protocol(self):
        implicit = self.args.implicit_tls
        return Line(
            self.open,
            self,
            hostname="localhost",
            ident="test",
            loop=asyncio.get_running_loop(),
            tls_context=None if implicit else self.tls,
            require_starttls=not implicit,
            auth_required=True,
            # With implicit TLS the library does not know that the line is encrypted already.
            auth_require_tls=not implicit,
            authenticator=self.authenticate,
        )

    async def up(self):
        if self.listener is None:
            context = self.tls if self.args.implicit_tls else None
            loop = asyncio.get_running_loop()
            self.listener = await loop.create_server(self.protocol, "127.0.0.1", self.port, ssl=context)
            self.port = self.listener.sockets[0].getsockname()[1]

    async def down(self):
        if self.listener is not None:
            self.listener.close()
            self.listener = None
        while self.open:
            line = self.open.pop()
            if line.transport is not None:
                line.transport.abort()

    async def obey(self, command):
        match command["do"]:
            case "up":
                await self.up()
            case "down":
                await self.down()
            case "nothing":
                pass
            case _:
                self.mode = command
        say({"ack": command["do"]})


async def main():
    parser = argparse.ArgumentParser()
    for name in ("cert", "key", "user", "password"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--implicit-tls", action="store_true")
    server = Server(parser.parse_args())
    await server.up()
    say({"port": server.port})
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        await server.obey(json.loads(line))


logging.getLogger("mail.log").setLevel(logging.ERROR)
asyncio.run(main())
