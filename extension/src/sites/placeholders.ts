/**
 * Which labels mean "no description". X never leaves `alt` empty: an undescribed photo is
 * called "Image" in the reader's language; Pinterest begins its machine-made texts with "This may
 * contain:". The words below are a start; others are learned from the page itself.
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

/** How a site begins what its own machine wrote. The first was seen in captures, the others are likely. */
const OPENINGS = ['This may contain', 'Esto puede contener', 'Cela peut contenir', 'Dies könnte enthalten',
  'Isto pode conter', 'Questo potrebbe contenere'];

/** A placeholder is one or two words, an opening a few; anything longer was written by somebody. */
const MAX_WORD = 24;
const MAX_OPENING = 48;

/** Different pictures, and different authors, that must share a label before it counts. */
const MIN_PICTURES = 4;
const MIN_AUTHORS = 3;

/** Words under observation; each is small, but a session sees many short human texts. */
const MAX_SIGHTINGS = 200;

interface Sighting {
  pictures: Set<string>;
  authors: Set<string>;
}

export class Placeholders {
  private readonly words = new Set([...Object.values(SEEN), ...LIKELY].map(normalise));
  private readonly openings = new Set(OPENINGS.map(normalise));
  private readonly sightings = new Map<string, Sighting>();

  /** `language` is the page's; where its word is known for sure no other word is learned. */
  constructor(private readonly language: string) {}

  /** Whether a label says nothing: absent, blank or a placeholder. */
  has(label: string): boolean {
    const word = normalise(label);
    return word === '' || this.words.has(word);
  }

  /** Whether a text begins as the site's own machine begins. */
  hasOpening(text: string): boolean {
    const opening = normalise(text);
    return this.openings.has(openingOf(text)) || [...this.openings].some((known) => opening.startsWith(`${known} `));
  }

  /**
   * Notes that a picture by somebody is labelled `label`; the author is looked up only when it
   * matters. One author may call every picture "Chart"; only a word that many people "use" is
   * the site's own. Returns true when this made the word known.
   */
  observe(label: string, mediaKey: string, findAuthor: () => string): boolean {
    const word = normalise(label);
    if (this.primaryLanguage in SEEN || this.has(label) || word.length > MAX_WORD) return false;
    const author = findAuthor();
    if (author === '') return false;
    const { pictures, authors } = this.sighting(word, mediaKey, author);
    if (pictures < MIN_PICTURES || authors < MIN_AUTHORS) return false;
    this.words.add(word);
    return true;
  }

  /**
   * Notes a text of which the site says that no human wrote it. What several of them begin with,
   * up to the colon, marks such texts where the site does not say so. Returns true when learned.
   */
  observeOpening(text: string, mediaKey: string): boolean {
    const opening = openingOf(text);
    if (opening === '' || this.openings.has(opening)) return false;
    if (this.sighting(`${opening}:`, mediaKey, '').pictures < MIN_PICTURES) return false;
    this.openings.add(opening);
    return true;
  }

  private sighting(word: string, picture: string, author: string): { pictures: number; authors: number } {
    const { pictures, authors } = this.sightings.get(word) ?? { pictures: new Set(), authors: new Set() };
    if (pictures.size < MIN_PICTURES) pictures.add(picture);
    if (authors.size < MIN_AUTHORS) authors.add(author);
    this.sightings.delete(word);
    this.sightings.set(word, { pictures, authors });
    const [oldest] = this.sightings.keys();
    if (this.sightings.size > MAX_SIGHTINGS && oldest !== undefined) this.sightings.delete(oldest);
    return { pictures: pictures.size, authors: authors.size };
  }

  private get primaryLanguage(): string {
    return this.language.toLowerCase().split('-')[0] ?? '';
  }
}

/** "This may contain: a dog" → "this may contain"; empty when there is no short beginning before a colon. */
function openingOf(text: string): string {
  const [, opening = ''] = /^([^::]+?)\s*[::]/u.exec(text) ?? [];
  return opening.length <= MAX_OPENING ? normalise(opening) : '';
}

function normalise(label: string): string {
  return label.normalize('NFC').trim().toLowerCase();
}
