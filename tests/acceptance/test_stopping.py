"""What is left when the product is told to stop."""

import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from tests.builders.killable import free_port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_is_told_to_stop_takes_its_database_along(number, tmp_path):
    port = free_port()
    environment = {**os.environ, "RORC_DATA_DIR": str(tmp_path), "RORC_PORT": str(port)}
    with subprocess.Popen([sys.executable, "-m", "services.cli", "ingest"], env=environment) as service:
        while service.poll() is None and not answers(port):
            time.sleep(0.05)
        database = psutil.Process(int((tmp_path / "postgres" / "postmaster.pid").read_text().split()[0]))

        service.send_signal(number)
        service.wait(timeout=30)

    assert psutil.wait_procs([database], timeout=5)[1] == []


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
