"""`errorhelp serve`: build everything, run it until a signal stops it, and take it down again."""

import asyncio
import errno
import gc
import ipaddress
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from errorhelp.cli.client import BAD_INPUT, CommandFailed
from errorhelp.cli.language import translated
from errorhelp.cli.options import DEFAULT_CONFIG, Config, State, configuration_file
from errorhelp.system.local_address import local_address

if TYPE_CHECKING:
    from prometheus_client import Metric

    from errorhelp.config import Loaded
    from errorhelp.public.help_requests import Asked
    from errorhelp.public.public_listener import PublicListener
    from errorhelp.service.reloader import Reloader
    from errorhelp.service.report_intake import Intake
    from errorhelp.service.service import Service
    from errorhelp.system.open_connections import ConnectionCaps
    from errorhelp.system.state_directory import Holder, ServiceAddresses, StateDirectory
    from errorhelp.system.systemd import Systemd

log = logging.getLogger("errorhelp")

_GRACE_SECONDS = 10.0
_STATE_PATIENCE = 30.0
_REMEDIES = {
    errno.EADDRINUSE: "stop what has it, or choose another with --public or --admin",
    errno.EACCES: "choose a port from 1024 on with --public or --admin, and let nginx have the low ones",
    errno.EADDRNOTAVAIL: "choose an address of this machine, or 0.0.0.0 for all, with --public or --admin",
}


def serve(
    state: State,
    config: Config = DEFAULT_CONFIG,
    public: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            envvar="ERRORHELP_PUBLIC",
            help="Where the public listener, which clients ask, listens.",
        ),
    ] = None,
    admin: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            envvar="ERRORHELP_ADMIN",
            help="Where the admin listener, for administrators and scripts, listens.",
        ),
    ] = None,
) -> None:
    """Serve help, lists and messages until interrupted."""
    from errorhelp.config import ConfigurationError, load
    from errorhelp.config.settings.setting_values import split_listen
    from errorhelp.store import StoreError
    from errorhelp.system.garbage_collection import no_collection
    from errorhelp.system.log import set_up_logging
    from errorhelp.system.memory import give_back
    from errorhelp.system.state_directory import StateDirectory, StateError, StateInUse, Work

    file = configuration_file(config)
    try:
        with no_collection():
            loaded = load(file)
    except ConfigurationError as error:
        raise CommandFailed(f"the configuration cannot be used:\n{error}", BAD_INPUT) from None
    # What there is now stays: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    give_back()
    set_up_logging(loaded.settings.log.format, loaded.settings.time_zone)
    for warning in loaded.warnings:
        log.warning("%s", warning)
    try:
        public_at = split_listen(public or loaded.settings.public.listen)
        admin_at = split_listen(admin or loaded.settings.admin.listen)
        directory = StateDirectory(state)
        with ExitStack() as stack:
            try:
                stack.enter_context(directory.locked(Work.SERVICE, _STATE_PATIENCE, _log_wait))
            except StateInUse as error:
                if error.holder is None or error.holder.work is Work.SERVICE:
                    raise
                # Readers cannot wait for a command that hangs.
                log.warning("starting without the lock on the state directory: %s", error)
            runner = stack.enter_context(asyncio.Runner(loop_factory=_loop_factory()))
            service = _serve(file, loaded, directory, public_at, admin_at)
            # Once another is in force nobody holds this one.
            del loaded
            runner.run(service)
    except ValueError as error:
        raise CommandFailed(str(error), BAD_INPUT) from None
    except (StateError, StoreError) as error:
        raise CommandFailed(str(error)) from None


def _log_wait(holder: "Holder | None") -> None:
    log.info(
        "waiting until the process that holds the state directory ends%s",
        f" (process {holder.process_id})" if holder else "",
    )


async def _serve(
    file: Path,
    loaded: "Loaded",
    directory: "StateDirectory",
    public_at: tuple[str, int],
    admin_at: tuple[str, int],
) -> None:
    from errorhelp.admin import service_metrics
    from errorhelp.admin.access.authorization import FileToken
    from errorhelp.admin.admin_listener import AdminListener
    from errorhelp.public.help_requests import Asked
    from errorhelp.publishing.copier import Copier
    from errorhelp.publishing.publisher import Publisher
    from errorhelp.service.forwarder import Forwarder
    from errorhelp.service.reloader import Reloader
    from errorhelp.service.report_intake import Intake
    from errorhelp.service.service import Service
    from errorhelp.store.kept_copy import KeptCopy
    from errorhelp.store.spool import Spool
    from errorhelp.store.store_choice import store_at
    from errorhelp.system.descriptors import raise_limit
    from errorhelp.system.loop_lag import LoopLag
    from errorhelp.system.open_connections import admin_caps, public_caps
    from errorhelp.system.state_directory import ServiceAddresses
    from errorhelp.system.systemd import Systemd

    store = store_at(loaded.settings.store, directory.database)
    service = Service(loaded, store, kept=KeptCopy(directory.kept_messages), spool=Spool(directory.spool))
    del loaded
    reloader = Reloader(service, file)
    systemd = Systemd(os.environ)
    is_to_stop = _heed_signals(reloader, systemd)
    async with AsyncExitStack() as stack:
        await service.start()
        stack.push_async_callback(service.stop)
        asked = Asked(time.time, lambda: service.catalog)
        publisher, copier = Publisher(service, directory, asked), Copier(service, directory)
        intake, forwarder = Intake(service, store), Forwarder(service, store)
        descriptors = raise_limit()
        public = _public_listener(service, asked, intake, public_caps(descriptors))
        lag = LoopLag()

        def measured() -> "Iterator[Metric]":
            yield from service_metrics.of_service(service)
            yield from service_metrics.of_requests(public.requests, admin.requests)
            yield from service_metrics.of_tree(publisher.status)
            yield from service_metrics.of_copies(copier.statuses)
            yield from service_metrics.of_reports(intake.counters)
            yield from service_metrics.of_forwarding(forwarder.counters, forwarder.depth, service.now())
            yield from service_metrics.of_loop(lag.largest)
            yield from service_metrics.of_connections(public.open_connections, admin.open_connections)

        token = FileToken(directory.token())
        admin = AdminListener(
            service,
            token,
            reloader.reload,
            publisher,
            asked,
            measured,
            copier=copier,
            public=public,
            caps=admin_caps(descriptors),
        )
        await forwarder.start()
        stack.push_async_callback(forwarder.stop)
        intake.start()
        stack.push_async_callback(intake.stop)
        await _listen(public.start, *public_at)
        stack.push_async_callback(public.stop, _GRACE_SECONDS)
        # Copies come after the tree, for which people wait.
        stack.push_async_callback(copier.stop)
        stack.callback(asyncio.create_task(copier.run()).cancel)
        stack.callback(asyncio.create_task(publisher.run()).cancel)
        # What was acknowledged is in the tree at the end: first nobody can change anything any more.
        stack.push_async_callback(publisher.stop)
        await _listen(admin.start, *admin_at)
        stack.push_async_callback(admin.stop)
        addresses = ServiceAddresses(_url(public.addresses), admin.url)
        directory.announce(addresses)
        stack.callback(directory.withdraw)
        for work in (reloader.watch(), lag.watch(), systemd.keep_alive()):
            stack.callback(asyncio.create_task(work).cancel)
        _print_addresses(service.loaded, directory, addresses, admin.first_link)
        systemd.ready()
        await is_to_stop.wait()
        log.info("stopping")
        systemd.stopping()


async def _listen(start: Callable[[str, int], Awaitable[None]], host: str, port: int) -> None:
    from errorhelp.system.state_directory import StateError

    try:
        await start(host, port)
    except OSError as error:
        # asyncio says the address first.
        reason = (error.strerror or str(error)).rpartition("): ")[2]
        remedy = _REMEDIES.get(error.errno or 0, "choose another with --public or --admin")
        raise StateError(f"cannot listen on {host}:{port}: {reason}; {remedy}") from None


def _public_listener(
    service: "Service", asked: "Asked", intake: "Intake", caps: "ConnectionCaps"
) -> "PublicListener":
    from errorhelp.people.proxies import TrustedProxies
    from errorhelp.public.error_reports import ErrorReports
    from errorhelp.public.public_listener import PublicListener

    settings = service.loaded.settings.public
    networks = tuple(ipaddress.ip_network(each) for each in settings.trusted_proxies)
    proxies = TrustedProxies(networks, settings.user_header, settings.groups_header)
    return PublicListener(
        lambda: service.snapshot,
        time.time,
        max_age=int(settings.max_age.total_seconds()),
        proxies=proxies,
        log_requests=settings.log_requests,
        on_help_request=asked,
        reports=ErrorReports(intake, proxies),
        caps=caps,
        on_snapshot=service.on_snapshot,
    )


def _url(addresses: list[tuple[str, int]]) -> str:
    """The first address as a URL to open on this machine."""
    return f"http://{local_address(*addresses[0])}"


def _print_addresses(
    loaded: "Loaded", directory: "StateDirectory", addresses: "ServiceAddresses", first_link: str | None
) -> None:
    catalog = loaded.catalog
    log.info("configuration %s, %d infobases", loaded.digest, len(catalog.infobases))
    for infobase_id in list(catalog.infobases)[:1]:
        log.info("help JSON        %s/help/%s.json", addresses.public, infobase_id)
    for list_id in list(catalog.lists)[:1]:
        log.info("connection list  %s/lists/%s.v8i", addresses.public, list_id)
    log.info("admin pages      %s/", addresses.admin)
    if first_link and sys.stderr.isatty():
        # Whoever sits there may sign in; a log goes to many.
        link = translated(f"no users yet     sign in on this machine, once: {first_link}")
        print(link, file=sys.stderr, flush=True)
    elif first_link:
        log.info(
            "no users yet     where to sign in on this machine, once, is printed by: errorhelp user first-link"
        )
    log.info("admin API        %s/api/v1/openapi.json", addresses.admin)
    log.info("admin token      %s", directory.token_file)


def _heed_signals(reloader: "Reloader", systemd: "Systemd") -> asyncio.Event:
    """An event that SIGINT or SIGTERM sets; SIGHUP, where there is one, reloads."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    reloads: set[asyncio.Task[None]] = set()

    async def read_again() -> None:
        systemd.reloading()
        await reloader.reload()
        systemd.ready()

    def reload() -> None:
        log.info("SIGHUP: reading the configuration again")
        task = loop.create_task(read_again())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    def on_signal(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(stop.set)

    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if (number := getattr(signal, name, None)) is not None:
            # Loops on Windows have no signal handlers of their own.
            signal.signal(number, on_signal)
    if sys.platform != "win32":
        loop.add_signal_handler(signal.SIGHUP, reload)
    return stop


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop  # Not on Windows.

    return uvloop.new_event_loop
