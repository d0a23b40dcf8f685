/**
 * Which labels mean "no description". X never leaves `alt` empty: an undescribed photo is
 * called "Image" in the reader's language. The words below are a start; where the page's
 * language is not among those seen in captures, the word is learned from the page itself.
 */

/** Seen in captured pages or client code (2023 to 2026). */
const SEEN: Record<string, string> = {
  en: 'Image',
  ru: 'Изображение',
  es: 'Imagen',
  zh: '图像',
  ja: '画像',
};

/** Likely words for the same string; a human alt that says no more than this says nothing. */
const LIKELY = [
  'Photo', 'Picture', 'Bild', 'Foto', 'Afbeelding', 'Immagine', 'Imagem', 'Imatge', 'Irudia', 'Imaxe',
  'Obraz', 'Obrázek', 'Obrázok', 'Kép', 'Imagine', 'Slika', 'Slike', 'Billede', 'Bilde', 'Kuva', 'Εικόνα',
  'Зображення', 'Изображение', 'Слика', 'Görsel', 'Resim', 'תמונה', 'الصورة', 'صورة', 'تصویر', 'छवि',
  'चित्र', 'ছবি', 'படம்', 'చిత్రం', 'ಚಿತ್ರ', 'છબી', 'प्रतिमा', 'รูปภาพ', 'Hình ảnh', 'Gambar', 'Imej',
  'Larawan', 'Íomhá', '圖片', '图片', '画像', '이미지', '사진',
];

/** A placeholder is one or two words; anything longer was written by somebody. */
const MAX_LENGTH = 24;

/** Different pictures, and different authors, that must share a label before it counts. */
const MIN_PICTURES = 4;
const MIN_AUTHORS = 3;

interface Sighting {
  pictures: Set<string>;
  authors: Set<string>;
}

export class Placeholders {
  private readonly known = new Set([...Object.values(SEEN), ...LIKELY].map(normalise));
  private readonly sightings = new Map<string, Sighting>();

  /** `language` is the page's; where its word is known for sure nothing is learned. */
  constructor(private readonly language: string) {}

  /** Whether a label says nothing: absent, blank or a placeholder. */
  has(label: string): boolean {
    const word = normalise(label);
    return word === '' || this.known.has(word);
  }

  /**
   * Notes that a picture by somebody is labelled `label`; the author is looked up only when it
   * matters. One author may call every picture "Chart"; only a word that many people "use" is
   * the site's own.
   */
  observe(label: string, mediaKey: string, findAuthor: () => string): void {
    const word = normalise(label);
    if (this.primaryLanguage in SEEN || this.has(label) || word.length > MAX_LENGTH) return;
    const author = findAuthor();
    if (author === '') return;
    const sighting = this.sightings.get(word) ?? { pictures: new Set(), authors: new Set() };
    sighting.pictures.add(mediaKey);
    sighting.authors.add(author);
    this.sightings.set(word, sighting);
    if (sighting.pictures.size >= MIN_PICTURES && sighting.authors.size >= MIN_AUTHORS) this.known.add(word);
  }

  private get primaryLanguage(): string {
    return this.language.toLowerCase().split('-')[0] ?? '';
  }
}

function normalise(label: string): string {
  return label.normalize('NFC').trim().toLowerCase();
}
