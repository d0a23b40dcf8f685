"""Sport and music."""

from altd_trainer.synthetic.objects.kinds import Group
from altd_trainer.synthetic.objects.pen import BROWN, INK, RED, TAN, WHITE, YELLOW, Pen

SPORT = Group("sport")
INSTRUMENTS = Group("instrument")


@SPORT.kind("ball")
def ball(p: Pen) -> None:
    p.oval(2, 2, 98, 98)
    p.poly("50,32 68,45 61,66 39,66 32,45", INK)
    for seam in ("50,32 50,4", "68,45 94,36", "61,66 78,90", "39,66 22,90", "32,45 6,36"):
        p.line(seam, 4, p.detail)


@SPORT.kind("kite")
def kite(p: Pen) -> None:
    p.line("44,66 30,78 44,86 26,99", 3)
    p.poly("30,72 22,82 36,82", RED)
    p.poly("96,2 88,50 40,70 30,14")
    p.line("96,2 40,70", 3, p.detail)
    p.line("30,14 88,50", 3, p.detail)


@SPORT.kind("trophy", "trophies")
def trophy(p: Pen) -> None:
    p.hoop(0, 8, 40, 52, 9)
    p.hoop(60, 8, 100, 52, 9)
    p.rect(43, 56, 57, 84)
    p.poly("18,2 82,2 78,34 66,56 50,64 34,56 22,34")
    p.rect(24, 82, 76, 100, BROWN)


@SPORT.kind("target")
def target(p: Pen) -> None:
    p.line("34,70 18,100", 6, BROWN)
    p.line("66,70 82,100", 6, BROWN)
    p.oval(8, 4, 92, 88)
    p.oval(22, 18, 78, 74, WHITE)
    p.oval(30, 26, 70, 66)
    p.oval(44, 40, 56, 52, WHITE)
    p.line("50,46 98,10", 4)


@INSTRUMENTS.kind("guitar")
def guitar(p: Pen) -> None:
    p.line("46,54 88,12", 9, BROWN)
    p.poly("80,10 90,0 100,10 90,20", INK)
    p.blob((0, 42, 56, 98), (26, 30, 68, 72))
    p.oval(32, 46, 52, 66, INK)
    p.line("14,72 28,86", 5, p.detail)


@INSTRUMENTS.kind("drum")
def drum(p: Pen) -> None:
    p.oval(8, 66, 92, 98)
    p.poly("8,40 92,40 92,82 8,82")
    p.line("10,48 24,84 38,58 50,90 62,58 76,84 90,48", 3, p.detail)
    p.oval(8, 26, 92, 56, WHITE)
    p.line("2,0 48,40", 5, TAN)
    p.line("98,0 52,40", 5, TAN)


@INSTRUMENTS.kind("trumpet")
def trumpet(p: Pen) -> None:
    for x in (32, 46, 60):
        p.line(f"{x},24 {x},40", 6)
    p.hoop(20, 38, 72, 82, 11)
    p.rect(2, 36, 78, 50)
    p.poly("66,36 84,30 100,8 100,78 84,56 66,50")
    p.rect(0, 32, 8, 54, YELLOW)
    p.line("94,22 94,64", 3, WHITE)
