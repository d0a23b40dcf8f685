"""Orca with a speech server that writes: run by the system's Python, `speaking_orca.py LOG`.

Every utterance that Orca hands to speech becomes one line of the file LOG. Nothing is lost when the next key
interrupts, and neither a synthesiser nor sound is needed. Orca's own program is not started because it ends
when another Orca of the same user runs.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from orca import orca, settings
from orca.speechserver import SayAllContext
from orca.speechserver import SpeechServer as Base

NAME = "spoken_log"
LOG = Path(sys.argv[1])


class SpeechServer(Base):
    """Orca finds this class by its name, in the module that the settings name."""

    @staticmethod
    def getFactoryName() -> str:  # noqa: N802
        return NAME

    @staticmethod
    def getSpeechServers() -> list[Base]:  # noqa: N802
        return [SpeechServer()]

    @staticmethod
    def getSpeechServer(info: object = None) -> Base:  # noqa: N802
        return SpeechServer()

    def getInfo(self) -> list[str]:  # noqa: N802
        return [NAME, NAME]

    def getVoiceFamilies(self) -> list[object]:  # noqa: N802
        return []

    def speak(self, text: str | None = None, acss: object = None, interrupt: bool = True) -> None:
        if text:
            with LOG.open("a", encoding="utf-8") as file:
                file.write(json.dumps(text) + "\n")

    def speakCharacter(self, character: str, acss: object = None) -> None:  # noqa: N802
        self.speak(character)

    def sayAll(  # noqa: N802
        self, utterances: Iterator[tuple[SayAllContext, object]], progress: Callable[..., Any]
    ) -> None:
        for context, _ in utterances:
            self.speak(context.utterance)
            progress(context, SayAllContext.COMPLETED)


def main() -> int:
    sys.modules[NAME] = sys.modules[__name__]
    settings.speechServerFactory = NAME
    settings.speechFactoryModules = [NAME]
    orca.getSettingsManager().activate(
        None,
        {
            "enableSpeech": True,
            "enableBraille": False,
            "enableKeyEcho": False,
            "sayAllOnLoad": False,  # it would scroll through the page as fast as it is written down
            "speechServerFactory": NAME,
        },
    )
    return int(orca.main())


if __name__ == "__main__":
    sys.exit(main())
