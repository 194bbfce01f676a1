import type { Widen } from "../i18n";
import type { errors as english } from "./en-errors";

export const errors: Widen<typeof english> = {
  auth: {
    rejected: {
      title: "Der Dienst lehnt den Schlüssel ab",
      body: "Er kennt den Schlüssel nicht, oder die Signatur passte nicht. Prüfe Schlüssel und Geheimnis dieses Kontos.",
      unknownKey: "Wiro kennt diesen Schlüssel nicht. Kopiere ihn noch einmal von der Seite des Projekts; an keinem Ende darf etwas fehlen.",
      needsSecret: "Dieses Projekt signiert seine Aufrufe. Gib neben dem Schlüssel auch sein API-Geheimnis ein.",
      wrongSecret: "Das Geheimnis gehört nicht zu diesem Schlüssel, oder die Uhr dieses Rechners geht falsch. Prüfe beides.",
      address: "Das Projekt erlaubt nur bestimmte IP-Adressen, und {{ip}} gehört nicht dazu. Füge sie bei Wiro in den Einstellungen des Projekts hinzu.",
      signIn: "Dieses Modell kann nur starten, wer bei Wiro angemeldet ist, nicht der Schlüssel eines Projekts.",
      clock_one: "Die Uhr dieses Rechners geht um {{count}} Sekunde falsch; so sehen gute Signaturen falsch aus. Stelle sie über das Netz und versuche es noch einmal.",
      clock_other: "Die Uhr dieses Rechners geht um {{count}} Sekunden falsch; so sehen gute Signaturen falsch aus. Stelle sie über das Netz und versuche es noch einmal.",
    },
    missing: { title: "Dieses Konto hat keinen Schlüssel", body: "Gib seinen Schlüssel in den Einstellungen ein oder verwende ein anderes Konto." },
  },
  account: {
    invalid: {
      title: "So lässt sich das Konto nicht einrichten",
      body: "Ändere, was hier genannt ist, und versuche es noch einmal.",
      busy: "Es hat noch Läufe, die nicht beendet sind. Halte sie an oder warte auf sie, dann entferne es.",
    },
  },
  keychain: {
    unavailable: { title: "Dieses System hat keinen Schlüsselbund, der geht", body: "Schlüssel werden nirgends sonst gespeichert. Installiere und starte einen Schlüsselbund, etwa GNOME Keyring oder KWallet, dann frage noch einmal." },
    locked: { title: "Der Schlüsselbund ist gesperrt", body: "Sein Passwort wurde nicht eingegeben, oder die Frage wurde geschlossen. Frage noch einmal und gib es ein." },
    slow: { title: "Der Schlüsselbund antwortet nicht", body: "Vielleicht wartet er in einem anderen Fenster auf dich. Suche seine Frage, dann frage noch einmal." },
    missing: { title: "Der Schlüsselbund hat diesen Schlüssel nicht mehr", body: "Er wurde außerhalb dieses Programms gelöscht. Gib ihn in den Einstellungen neu ein." },
  },
  balance: {
    insufficient: {
      title: "Das Guthaben reicht nicht",
      body: "Wiro beginnt einen Lauf erst ab einem Guthaben von 0,50 $ (10 $ bei Modellen, die trainieren). Nichts wurde berechnet. Lade auf und starte erneut; deine Eingaben bleiben.",
    },
  },
  limit: {
    concurrent: {
      title: "Alle Plätze sind belegt",
      body: "Das Konto hat so viele Läufe, wie es zugleich haben darf. Dieser wartet; nichts wurde berechnet.",
      known_one: "Dein Guthaben von {{balance}} erlaubt {{count}} Lauf zur gleichen Zeit. Dieser wartet; nichts wurde berechnet.",
      known_other: "Dein Guthaben von {{balance}} erlaubt {{count}} Läufe zur gleichen Zeit. Dieser wartet; nichts wurde berechnet.",
    },
    rate: { title: "Zu viele Anfragen", body: "Der Dienst bittet um Geduld. Versuche es gleich noch einmal." },
  },
  network: {
    offline: { title: "Der Dienst ist nicht erreichbar", body: "Es kam keine Verbindung zustande. Prüfe das Netz und versuche es noch einmal." },
    proxy: { title: "Der Proxy lässt sich nicht nutzen", body: "Prüfe seine Adresse, seinen Benutzer und sein Passwort." },
  },
  service: {
    fault: { title: "Der Dienst hat eine Störung", body: "Er hat mit einem eigenen Fehler geantwortet. Versuche es gleich noch einmal." },
    protocol: { title: "Die Antwort ergab keinen Sinn", body: "Der Dienst hat so geantwortet, dass diese Version es nicht versteht." },
  },
  model: { unknown: { title: "Dieses Modell gibt es nicht", body: "Es wurde entfernt oder umbenannt, oder dieses Konto darf es nicht verwenden." } },
  input: { invalid: { title: "Eine Eingabe passt nicht", body: "Der Dienst hat eine der Eingaben nicht angenommen. Nichts wurde berechnet." } },
  file: {
    unusable: { title: "Eine Datei kann nicht verwendet werden", body: "Sie fehlt, ist leer, ein Ordner, nicht lesbar oder zu groß." },
    changed: { title: "Eine Datei hat sich geändert", body: "Sie ist nicht mehr die, die du gewählt hast. Wähle sie neu, damit nichts Ungewolltes gesendet wird." },
  },
  run: {
    unconfirmed: { title: "Es ist unklar, ob der Lauf begonnen hat", body: "Er wird nie von selbst noch einmal gesendet. Sieh nach oder entscheide." },
    refused: { title: "Der Dienst hat den Lauf abgelehnt", body: "Er hat ihn nicht angenommen. Nichts wurde berechnet." },
    failed: { title: "Der Lauf ist gescheitert", body: "Das Modell endete ohne Erfolg. Sein Protokoll sagt meist, warum." },
    cancelled: { title: "Der Lauf wurde abgebrochen", body: "Er wurde vor seinem Ende angehalten." },
    unknown: { title: "Diesen Lauf gibt es nicht", body: "Diese Bibliothek hat keinen Lauf mit dieser Kennung." },
    busy: { title: "An diesem Lauf wird gearbeitet", body: "Er wird gerade betreut, hier oder von einem anderen Programm. Warte einen Moment." },
  },
  output: { unavailable: { title: "Ein Ergebnis konnte nicht gesichert werden", body: "Es war nicht zu holen oder nicht das, was der Dienst versprach." } },
  disk: {
    full: { title: "Der Datenträger ist voll", body: "Schaffe Platz und versuche es noch einmal. Nichts ging verloren." },
    unavailable: { title: "Ein Ordner kann nicht verwendet werden", body: "Eine Datei oder ein Ordner ist nicht lesbar oder nicht beschreibbar. Prüfe die Rechte." },
  },
  library: {
    unavailable: { title: "Die Bibliothek lässt sich nicht öffnen", body: "Ihre Datenbank ist nicht verwendbar. Daneben liegt eine Sicherung." },
    newer: { title: "Die Bibliothek stammt von einer neueren Version", body: "Aktualisiere das Programm, um sie zu öffnen. Nichts wurde verändert." },
    not_moved: { title: "Die Bibliothek kann nicht dorthin", body: "Sie bleibt, wo sie ist, und nichts wurde verändert." },
  },
  sandbox: { unavailable: { title: "Die Sandbox ließ sich nicht starten", body: "Der Server im Programm kam nicht hoch." } },
  voice: {
    no_microphone: { title: "Es gibt kein Mikrofon", body: "Schließe eines an und wähle es hier. Nichts wurde gesendet oder berechnet." },
    no_speaker: { title: "Es gibt keinen Lautsprecher", body: "Schließe einen an und wähle ihn hier. Nichts wurde gesendet oder berechnet." },
    denied: { title: "Das Mikrofon darf nicht verwendet werden", body: "Das System lässt das Programm nicht zuhören. Erlaube es in den Datenschutz-Einstellungen des Systems und versuche es noch einmal." },
    busy: { title: "Das Gerät ist belegt", body: "Ein anderes Programm hat es für sich allein. Schließe es oder wähle ein anderes Gerät." },
    device_lost: { title: "Ein Gerät ist weg", body: "Es wurde abgezogen. Die Sitzung ruht, bis du ein anderes wählst." },
    unavailable: { title: "Ton geht nicht", body: "Der Tondienst des Systems antwortet nicht. Vielleicht muss er neu gestartet werden." },
    format: { title: "Dieser Ton lässt sich nicht verwenden", body: "Modell, Gerät oder Datei verlangen eine Art von Ton, die dieses Programm nicht kann." },
    busy_session: { title: "Eine Sitzung ist schon offen", body: "Es gibt immer nur eine. Beende sie zuerst, hier oder im Fenster oder Programm, das sie hält." },
    no_session: { title: "Die Sitzung ist vorbei", body: "Sie endete, bevor das geschehen konnte. Was gesagt wurde, bleibt." },
    not_realtime: { title: "Mit diesem Modell kann man nicht sprechen", body: "Es ist kein Echtzeit-Modell. Starte es mit seinem Formular." },
    connection_lost: { title: "Die Verbindung ist abgebrochen", body: "Der Dienst beendet eine Sitzung dann, und mehr wird nicht berechnet. Was gesagt wurde, bleibt." },
  },
  usage: { invalid: { title: "Das wurde nicht verstanden", body: "Eine Adresse oder Option ist falsch." } },
  interrupted: { title: "Angehalten", body: "Du hast es angehalten." },
  internal: { fault: { title: "Das Programm hat einen Fehler gemacht", body: "Das sollte nicht geschehen. Kopiere die Einzelheiten und melde sie." } },
};
