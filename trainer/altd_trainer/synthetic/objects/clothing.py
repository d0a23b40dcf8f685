"""Things to wear."""

from altd_trainer.synthetic.objects.kinds import Group
from altd_trainer.synthetic.objects.pen import GREY, INK, RED, WHITE, YELLOW, Pen

CLOTHING = Group("clothing")


@CLOTHING.kind("hat")
def hat(p: Pen) -> None:
    p.oval(0, 68, 100, 94)
    p.poly("20,14 80,14 74,82 26,82")
    p.poly("25,62 75,62 74,76 26,76", INK)


@CLOTHING.kind("shirt")
def shirt(p: Pen) -> None:
    p.poly("34,4 66,4 100,28 88,50 76,42 76,98 24,98 24,42 12,50 0,28")
    p.pie(36, -8, 64, 20, 0, 180, WHITE)


@CLOTHING.kind("shoe")
def shoe(p: Pen) -> None:
    p.poly("4,22 38,18 52,46 84,54 98,68 98,80 4,80")
    p.rect(0, 74, 100, 90, WHITE, radius=5)
    for lace in ("40,40 52,32", "48,50 60,40", "60,54 68,46"):
        p.line(lace, 4, p.detail)


@CLOTHING.kind("sock")
def sock(p: Pen) -> None:
    p.poly("36,4 74,4 72,60 68,74 36,98 18,98 8,88 10,76 36,56")
    p.rect(33, 0, 77, 18, WHITE, radius=3)
    p.poly("8,88 10,76 20,70 32,98 18,98", GREY)


@CLOTHING.kind("crown")
def crown(p: Pen) -> None:
    p.poly("2,22 26,50 50,8 74,50 98,22 88,90 12,90")
    p.line("14,76 86,76", 3, p.detail)
    p.dots("50,60 28,66 72,66", 5, RED)
    p.dots("50,7 5,20 95,20", 6, YELLOW)
