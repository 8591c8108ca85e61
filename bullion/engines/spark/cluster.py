"""A Spark cluster on this machine: a master, workers and a Thrift server, all on loopback.

It is what the tests build on, and a first look at Spark; nobody is asked for a password, so every
user of the machine may use it. Everything comes from pyspark's wheel, which has no start scripts
for these servers: they are started by the names of their classes.

The cluster's files are in ``BULLION_HOME/spark``. A process belongs to it when it works in the
folder ``cluster`` there, so a start that was killed leaves nothing that a stop cannot find.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import psutil

from bullion.engines.spark.java import java_home
from bullion.errors import BullionError
from bullion.paths import install_command
from bullion.server.processes import wait_gone
from bullion.settings import LOCALHOST

CONF_DIR = Path(__file__).resolve().parent / "conf"
WORKERS = 2
_START_SECONDS = 180.0
_POLL_SECONDS = 0.1
_MASTER = "org.apache.spark.deploy.master.Master"
_WORKER = "org.apache.spark.deploy.worker.Worker"
_SUBMIT = "org.apache.spark.deploy.SparkSubmit"
_THRIFT = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"
# What master and workers need; executors get their memory from their application.
_DAEMON_MEMORY = "256m"


@dataclass(frozen=True)
class Cluster:
    """A running cluster: the address of its master and the port of its Thrift server."""

    master: str
    thrift_port: int

    def environ(self) -> dict[str, str]:
        """The variables that lead dbt's target ``spark`` here."""
        return {"SPARK_THRIFT_HOST": LOCALHOST, "SPARK_THRIFT_PORT": str(self.thrift_port)}


def start(home: Path, *, executor_memory: str = "1g", driver_memory: str = "1500m") -> Cluster:
    """Start the cluster of a BULLION_HOME, or return the one that runs.

    Raises BullionError when Java or pyspark is missing, or when a server does not come up.
    """
    running = find(home)
    if running is not None:
        return running
    end(home)
    folder = _folder(home)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tmp").mkdir(parents=True)
    master_port, thrift_port = _free_ports(2)
    cluster = Cluster(f"spark://{LOCALHOST}:{master_port}", thrift_port)
    try:
        _launch(
            home,
            "master",
            [_MASTER, "--host", LOCALHOST, "--port", str(master_port), "--webui-port", "0"],
        )
        _wait_for(home, "master", lambda: _answers(master_port))
        for number in range(1, WORKERS + 1):
            _launch(home, f"worker-{number}", _worker_arguments(cluster, executor_memory))
        for number in range(1, WORKERS + 1):
            name = f"worker-{number}"
            _wait_for(home, name, partial(_registered, home, name))
        _launch(home, "thrift", _thrift_arguments(home, cluster, executor_memory, driver_memory))
        _wait_for(home, "thrift", lambda: _answers(thrift_port))
    except BaseException:
        end(home)
        raise
    record = folder / "cluster.json"
    record.write_text(json.dumps(asdict(cluster)), encoding="utf-8")
    return cluster


def find(home: Path) -> Cluster | None:
    """The running cluster of a BULLION_HOME, if there is one that answers."""
    try:
        record = json.loads((_folder(home) / "cluster.json").read_text(encoding="utf-8"))
        cluster = Cluster(str(record["master"]), int(record["thrift_port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return cluster if processes(home) and _answers(cluster.thrift_port) else None


def stop(home: Path) -> bool:
    """End the cluster of a BULLION_HOME and remove its working files; False when none ran."""
    ran = bool(processes(home))
    end(home)
    shutil.rmtree(_folder(home), ignore_errors=True)
    return ran


def processes(home: Path, main_class: str = "") -> list[psutil.Process]:
    """All living processes of the cluster, or those that run one class."""
    folder = str(_folder(home).resolve())
    found = []
    for process in psutil.process_iter():
        try:
            place = process.cwd()
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            if (place == folder or place.startswith(folder + os.sep)) and (
                not main_class or main_class in process.cmdline()
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found


def workers(home: Path) -> list[psutil.Process]:
    """The workers of the cluster; their executors are their children."""
    return processes(home, _WORKER)


def end(home: Path) -> None:
    """End whatever still works in the cluster's folder, gently first."""
    standing = processes(home)
    for number, seconds in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 10.0)):
        for process in standing:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        if wait_gone(standing, seconds):
            break
    # A worker that dies may have been starting an executor.
    for process in processes(home):
        process.kill()


def _folder(home: Path) -> Path:
    return home / "spark" / "cluster"


def _worker_arguments(cluster: Cluster, executor_memory: str) -> list[str]:
    options = ["--host", LOCALHOST, "--cores", "1", "--memory", executor_memory]
    return [_WORKER, *options, "--webui-port", "0", "--work-dir", "work", cluster.master]


def _thrift_arguments(
    home: Path, cluster: Cluster, executor_memory: str, driver_memory: str
) -> list[str]:
    # The same tables as the target spark_local has.
    settings = {
        "spark.sql.warehouse.dir": f"{home}/spark/warehouse",
        "spark.hadoop.javax.jdo.option.ConnectionURL": (
            f"jdbc:derby:;databaseName={home}/spark/metastore;create=true"
        ),
        "spark.driver.extraJavaOptions": "-Dderby.stream.error.file=/dev/null",
        "spark.driver.host": LOCALHOST,
        "spark.driver.bindAddress": LOCALHOST,
        "spark.driver.memory": driver_memory,
        "spark.executor.memory": executor_memory,
        "spark.executor.cores": "1",
        "spark.local.dir": str(_folder(home) / "tmp"),
        "spark.ui.enabled": "false",
    }
    options = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    hive = [
        f"hive.server2.thrift.bind.host={LOCALHOST}",
        f"hive.server2.thrift.port={cluster.thrift_port}",
    ]
    return [
        _SUBMIT,
        *("--master", cluster.master, "--class", _THRIFT, *options, "spark-internal"),
        *(word for setting in hive for word in ("--hiveconf", setting)),
    ]


def _launch(home: Path, name: str, arguments: Sequence[str]) -> None:
    try:
        import pyspark
    except ImportError as error:
        raise BullionError(f"pyspark is not installed: {install_command('spark')}.") from error
    spark_home = Path(pyspark.__file__).parent
    folder = _folder(home)
    environment = os.environ | {
        "JAVA_HOME": str(java_home()),
        "SPARK_HOME": str(spark_home),
        "SPARK_CONF_DIR": str(CONF_DIR),
        "SPARK_LOCAL_IP": LOCALHOST,
        "SPARK_LOCAL_DIRS": str(folder / "tmp"),
        "SPARK_WORKER_DIR": str(folder / "work"),
    }
    if _SUBMIT not in arguments:
        # Would also be the size of the Thrift server, which needs more.
        environment["SPARK_DAEMON_MEMORY"] = _DAEMON_MEMORY
        # The other door to the master, with a port of its own.
        environment["SPARK_MASTER_OPTS"] = "-Dspark.master.rest.enabled=false"
    with (folder / f"{name}.log").open("wb") as log:
        subprocess.Popen(
            [str(spark_home / "bin" / "spark-class"), *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _wait_for(home: Path, name: str, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    started = {"master": _MASTER, "thrift": _SUBMIT}.get(name, _WORKER)
    seen = False
    while not is_ready():
        alive = bool(processes(home, started))
        if (seen and not alive) or time.monotonic() > deadline:
            words = _log(home, name).strip().splitlines()
            said = words[-1] if words else "it said nothing"
            raise BullionError(
                f"Spark's {name} did not start within {_START_SECONDS:.0f} s ({said}): look at "
                f"{_folder(home)}/{name}.log."
            )
        seen = seen or alive
        time.sleep(_POLL_SECONDS)


def _log(home: Path, name: str) -> str:
    return (_folder(home) / f"{name}.log").read_text(encoding="utf-8", errors="replace")


def _registered(home: Path, worker: str) -> bool:
    return "registered with master" in _log(home, worker)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOCALHOST, port)) == 0


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for opened in sockets:
            opened.bind((LOCALHOST, 0))
        return [opened.getsockname()[1] for opened in sockets]
    finally:
        for opened in sockets:
            opened.close()
