"""Devices."""

from altd_trainer.synthetic.objects.kinds import Group
from altd_trainer.synthetic.objects.pen import GLASS, GREY, INK, WHITE, YELLOW, Pen

TECH = Group("tech")


@TECH.kind("phone")
def phone(p: Pen) -> None:
    p.rect(22, 0, 78, 100, INK, radius=9)
    p.rect(28, 12, 72, 84)
    p.dots("50,92", 4, WHITE)
    p.line("42,6 58,6", 3, WHITE)


@TECH.kind("laptop")
def laptop(p: Pen) -> None:
    p.rect(12, 10, 88, 70, INK, radius=5)
    p.rect(18, 16, 82, 66)
    p.poly("12,70 88,70 100,90 0,90", GREY)
    p.line("20,78 80,78", 4)


@TECH.kind("television")
def television(p: Pen) -> None:
    p.line("50,28 26,0", 4)
    p.line("50,28 74,0", 4)
    p.line("22,90 16,100", 6)
    p.line("78,90 84,100", 6)
    p.rect(0, 24, 100, 94, radius=10)
    p.rect(10, 36, 66, 82, GLASS, radius=8)
    p.dots("82,44 82,62", 6)


@TECH.kind("camera")
def camera(p: Pen) -> None:
    p.poly("32,26 40,12 62,12 70,26")
    p.rect(10, 18, 24, 30, INK)
    p.rect(0, 24, 100, 90, radius=8)
    p.oval(30, 34, 74, 80, INK)
    p.oval(40, 44, 64, 70, GLASS)
    p.rect(80, 32, 92, 42, YELLOW)
