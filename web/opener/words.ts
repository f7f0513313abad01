// The page's words. It is read where no server is, so it carries both.
export type Lang = 'da' | 'en';

export const words = {
    da: {
        title: 'Åbn bevispakken',
        other: 'English',
        offline: 'Siden virker uden internet og sender intet. Film og papirer bliver på denne computer.',
        file: 'Zip-filen (BEVIS-…zip)',
        pass: 'Kodeord',
        hint: '24 tegn. Store og små bogstaver, mellemrum og bindestreger er ligegyldige.',
        open: 'Åbn',
        files: 'Filer i pakken',
        name: 'Fil', size: 'Størrelse', check: 'Kontrol', act: 'Handling',
        play: 'Afspil', save: 'Gem',
        film: 'Film',
        good: 'Uændret', bad: 'ÆNDRET', foreign: 'Hører ikke til', waits: 'Venter',
        checking: 'Kontrollerer {0} af {1}', reading: 'Læser {0}',
        all: 'Alle {0} filer er uændrede i forhold til listen SHA256SUMS.',
        some: '{0} filer er ikke, som de skal være. Brug ikke pakken, før du har spurgt afsenderen.',
        note: 'Siden kontrollerer filerne mod hinanden. Underskriften viser, at pakken kommer fra afsenderen: se 4-KONTROL/SAADAN-KONTROLLERES.',
        nofile: 'Vælg zip-filen først.',
        form: 'Filen er ikke en hel bevispakke. Måske er den ikke kopieret færdig, eller den er ændret.',
        names: 'Pakken har to filer med samme navn eller et farligt filnavn. Den åbnes ikke.',
        passphrase: 'Kodeordet passer ikke. Se efter en tastefejl.',
        changed: 'Filen er ændret, siden pakken blev lavet.',
        unreadable: 'Filen kan ikke læses. Er usb-nøglen taget ud?',
        saved: '{0} er gemt.', ready: 'Pakken er åbnet.',
    },
    en: {
        title: 'Open the evidence package',
        other: 'Dansk',
        offline: 'This page works offline and sends nothing. Films and papers stay on this computer.',
        file: 'The zip file (BEVIS-…zip)',
        pass: 'Passphrase',
        hint: '24 characters. Case, spaces and dashes do not matter.',
        open: 'Open',
        files: 'Files in the package',
        name: 'File', size: 'Size', check: 'Check', act: 'Action',
        play: 'Play', save: 'Save',
        film: 'Film',
        good: 'Unchanged', bad: 'CHANGED', foreign: 'Does not belong', waits: 'Waits',
        checking: 'Checking {0} of {1}', reading: 'Reading {0}',
        all: 'All {0} files are unchanged according to the list SHA256SUMS.',
        some: '{0} files are not as they must be. Do not use the package before you have asked the sender.',
        note: 'This page checks the files against each other. That the package is the sender\'s is shown by the signature: see 4-KONTROL/SAADAN-KONTROLLERES.',
        nofile: 'Choose the zip file first.',
        form: 'The file is not a whole evidence package. It may not have been copied completely, or it was changed.',
        names: 'The package has two files with the same name, or a dangerous file name. It is not opened.',
        passphrase: 'The passphrase does not match. Look for a typing error.',
        changed: 'The file was changed after the package was made.',
        unreadable: 'The file cannot be read. Was the USB key taken out?',
        saved: '{0} is saved.', ready: 'The package is open.',
    },
} as const;

export type Word = keyof typeof words.da;

export function say(lang: Lang, key: Word, ...args: (string | number)[]): string {
    return words[lang][key].replace(/\{(\d)\}/g, (_, i: string) => String(args[Number(i)] ?? ''));
}
