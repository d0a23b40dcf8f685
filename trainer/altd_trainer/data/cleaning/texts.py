"""Alt texts that say nothing of their picture: one rule a function, each true where the text must go.

Every rule takes the text after it was mended (`altd_trainer.data.cleaning.repairs`) but for those of
addresses and handles, which ask whether anything was left.
"""

import re
import unicodedata

import emoji

_PLACEHOLDERS = frozenset(
    """
    image photo picture pic photograph graphic screenshot img gif video untitled none null undefined n/a
    bild foto afbeelding immagine imagem imagen imatge irudia imaxe obraz obrázek obrázok kép imagine slika
    slike billede bilde kuva εικόνα зображення изображение фото слика görsel resim fotoğraf תמונה الصورة صورة
    تصویر छवि चित्र ছবি படம் చిత్రం ಚಿತ್ರ છબી प्रतिमा รูปภาพ gambar imej larawan íomhá 图像 圖片 图片 照片 画像 写真
    이미지 사진
    """.split()
) | {
    "alt",
    "alt text",
    "alternative text",
    "hình ảnh",
    "image description",
    "description",
    "no description",
    "no description available",
    "no photo description available",
    "no alt text",
    "embedded video",
    "screen shot",
    "see description",
    "see caption",
    "profile picture",
}
_MACHINE = re.compile(
    r"(?:this|image|photo|it) may contain\b|may be an? (?:image|close-up|graphic|cartoon|meme)\b"
    r"|automatic alt text\b|no alternative text\b",
    re.IGNORECASE,
)
_SUFFIX = r"\.(?:jpe?g|png|gif|webp|heic|heif|avif|bmp|tiff?|svg|mp4|mov|pdf)"
_FILE_NAME = re.compile(
    rf"[^\s/\\]+(?: [^\s/\\]+){{0,5}}{_SUFFIX}"  # my cat (2).jpg
    r"|(?:img|dsc[nf]?|pxl|mvimg|p|photo|image|screenshot|screen shot|whatsapp image|signal|fb_img)"
    r"[-_ ]*\d[\d\-_. :]*(?:at [\d. :]+)?(?:[ap]m)?"  # IMG_2041, Screenshot 2022-06-01 at 10.11.12
    r"|[0-9a-f]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",  # a hash, a UUID
    re.IGNORECASE,
)
_HASHTAG = re.compile(r"#\w+")


def placeholder(text: str) -> bool:
    """The word that a site or a form puts where there is no text, in any of some fifty languages."""
    word = unicodedata.normalize("NFC", text).strip(" .:!…*[](){}\"'-_").casefold()
    return (
        word in _PLACEHOLDERS or re.fullmatch(r"(?:image|photo|picture|img|pic) ?#?\d{1,3}", word) is not None
    )


def machine_text(text: str) -> bool:
    """What a site's own model wrote, as in Pinterest's "This may contain: a cat"."""
    return _MACHINE.match(text.strip()) is not None


def file_name(text: str) -> bool:
    """The name of a file, with its ending or as cameras and telephones make them; or a hash."""
    return _FILE_NAME.fullmatch(text.strip()) is not None


def emoji_only(text: str) -> bool:
    """Emoji, signs and nothing that is a letter or a digit."""
    left = emoji.replace_emoji(text, "")
    return bool(text.strip()) and not any(char.isalnum() for char in left)


def hashtags_only(text: str) -> bool:
    """Hashtags without a word between them."""
    return "#" in text and not any(char.isalnum() for char in _HASHTAG.sub("", text))


def too_short(text: str, least_words: int) -> bool:
    """Fewer words than `least_words`; a character of Chinese, Japanese or Thai counts as half a word."""
    spaceless = sum(_is_spaceless(char) for char in text)
    return len(text.split()) + spaceless // 2 < least_words


def too_long(text: str, most_characters: int) -> bool:
    """More characters than `most_characters`."""
    return len(text) > most_characters


def _is_spaceless(char: str) -> bool:
    """Whether it is of a script that writes no spaces between words."""
    return "\u3040" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff" or "\u0e00" <= char <= "\u0e7f"
