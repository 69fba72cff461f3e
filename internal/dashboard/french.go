package dashboard

var french = &words{
	Lang:     "fr",
	Listings: "Annonces", Webhooks: "Webhooks", TheAccount: "Compte", SignIn: "Se connecter", SignOut: "Se déconnecter", Language: "English", SkipToContent: "Aller au contenu", Documentation: "Documentation (en anglais)",

	Key: "Clé d’API", KeyHint: "La clé de votre compte, celle de votre CRM. Elle commence par vtr_.",
	KeyUnknown: "Cette clé est inconnue ou a été révoquée.", KeyLimited: "Cette clé est limitée à l’API Classifieds. Il faut ici une clé qui permet tout.",
	KeySuspended: "Ce compte est suspendu. L’opérateur peut dire pourquoi.",

	ErrorOurs: "Une erreur s’est produite de notre côté.", ErrorMissing: "Il n’y a rien ici.", ErrorRefused: "C’est impossible.", ErrorSignIn: "Connectez-vous d’abord.",

	Now: "En ce moment", NowWaiting: "fichiers en attente", NowWorking: "en traitement", NowReady: "prêts depuis une heure", NowFailed: "en échec depuis une heure",
	NowTypical: "de l’envoi à la publication, d’ordinaire", NowSlow: "de l’envoi à la publication, 5 % les plus lents", NowMore: "Il s’est passé tant de choses que seules les plus récentes sont comptées.",
	NowEnded: "Fichiers, dernière heure", NowPublished: "Secondes de l’envoi à la publication, la plus lente, dernière heure", NowFlights: "En traitement", NowNoFlights: "Rien.",
	NowCodes: "Échecs par code", NowHosts: "Échecs par serveur d’origine", NowNoFailures: "Aucun depuis une heure.",

	AllAccounts: "Tous les comptes", AllAccountsHint: "Vous voyez ceci parce que votre clé est celle d’un opérateur.", QueuesUnseen: "Les files ne peuvent pas être vues pour l’instant.", ByLane: "File par voie", ByAccount: "File par compte",
	Lane: "Voie", Running: "En cours", WaitingNow: "En attente", Later: "Plus tard", LongestWait: "Attente la plus longue", OldestSent: "Envoi le plus ancien", FailedLately: "En échec depuis une heure",
	NoAccounts: "Rien n’attend, et rien n’a échoué depuis une heure.", MoreAccounts: "Comptes en plus de ceux-ci : %d.",
	FailedSince: "Il se passe tant de choses que les échecs ne sont comptés que depuis le %s.",
	LaneFetch:   "téléchargements", LaneBulk: "téléchargements qui laissent passer les autres", LaneScan: "recherche de virus", LaneOptimise: "variantes d’images", LaneEncode: "vidéos",
	LaneDeliver: "webhooks", LaneSweep: "nettoyage", LaneScrub: "contrôles de ce qui est stocké",

	Search: "Rechercher", SearchHint: "Votre identifiant ou le nôtre", AnyStatus: "Tous les états", NeedsAttention: "À traiter", Find: "Chercher",
	NoListings: "Rien n’a encore été envoyé. Envoyez une annonce et ses photos par l’API : elle sera ici.", NothingFound: "Aucune annonce ne correspond.", Older: "Plus anciennes", Newest: "Les plus récentes",
	Status: "État", LastSync: "Dernier envoi", FilesCount: "%d fichiers", Failed: "%d en échec", Waiting: "%d en cours", NoPicture: "Pas d’image", Advert: "annonce", Classified: "petite annonce",

	AsPublic: "Ce que voit le public", AsSent: "Ce qui a été envoyé", NotPublic: "Le public ne voit pas cette annonce.", OpenGallery: "Ouvrir la galerie", Revision: "Révision", Position: "Place",
	Ready: "Prêt", OnItsWay: "En cours", AwaitsUpload: "Attend son dépôt", FailedState: "En échec", Stale: "Montre sa dernière bonne version", NotShown: "Non montré",
	Retry: "Réessayer", PublishedAt: "Publiée", Id: "Notre identifiant", NothingSent: "La liste est vide.",
	Publish: "Publier", Hide: "Masquer", MoveUp: "Monter", MoveDown: "Descendre", Remove: "Retirer", Replace: "Remplacer", Upload: "Ajouter des fichiers",
	UploadHint: "Ou déposez-les ici ; déposé sur un fichier, un nouveau prend sa place. Le prochain envoi de votre CRM fera foi.",
	Tour:       "Visite virtuelle", Video: "Vidéo", Panorama: "Panorama", Picture: "Image", Altered: "Créée ou modifiée à l’aide d’un modèle entraîné",

	LastPlan: "Ce qu’a fait le dernier changement de la liste", Revisions: "Révisions", NoRevisions: "Aucune n’est gardée.", RevisionsHint: "Au plus les %d derniers changements de la liste sont gardés, et autant qui l’ont laissée telle quelle.",
	Timeline: "Ce qui s’est passé", By: "Par", Changes: "Changements", FileGone: "Fichier %d, supprimé depuis",
	WasKept: "gardé", WasMoved: "déplacé", WasShifted: "décalé", WasRefetched: "repris", WasChanged: "changé", WasAdded: "ajouté", WasRemoved: "retiré",
	WhyKept: "Même place, même version.", WhyMoved: "Il a été mis à une autre place.", WhyShifted: "D’autres sont venus, partis ou ont bougé avant lui.",
	WhyVersion: "Sa version a changé.", WhyFailed: "Il avait échoué.", WhyUpload: "Il n’a jamais été déposé.", WhyAsk: "Il a pu changer : son URL n’a pas de version.",
	WhyHere: "Il était déjà là : rien à télécharger.", WhyShown: "Cette version est déjà montrée : rien à télécharger.",
	WhyNew: "Il n’était pas encore là.", WhyDeleted: "Il a été supprimé définitivement.", WhyExpired: "Il n’a pas été déposé à temps.", WhyRemoved: "La nouvelle liste ne l’a plus.", OtherBytes: "Ses octets sont autres.", AskedAgain: "Il a été redemandé entre-temps.", Described: "Il est décrit autrement.",
	ByListings: "API Listings", ByClassifieds: "API Classifieds", ByDashboard: "tableau de bord", ByDeletion: "suppression d’un fichier", ByExpiry: "dépôt expiré",
	Compare: "Comparer", CompareAny: "Comparer deux révisions", CompareBefore: "Comparer la révision %d à la précédente", CompareFrom: "De la révision", CompareTo: "à la révision",
	CompareSame: "Les deux ont la même liste.", CompareOne: "Il n’y a pas encore deux révisions à comparer.",
	JobBegun: "Publication demandée", JobEnded: "Publication faite", JobFailed: "Publication en échec",
	EventSettled: "Tous les fichiers ont abouti", EventPublished: "Le public la voit", FilesReady: "Fichiers prêts : %d",

	Original: "Original", Variants: "Variantes", Name: "Nom", Size: "Taille", Pixels: "Pixels", Format: "Format", Placeholders: "Images d’attente",
	Blurhash: "Blurhash", Thumbhash: "Thumbhash", Colour: "Couleur", Preview: "Aperçu",
	UsedIn: "Où il figure", Attempts: "Tentatives", NoAttempts: "Aucune pour l’instant.", When: "Quand",
	WhatToDo: "Que faire", Source: "Source", Version: "Version", WhoseSender: "à l’expéditeur", WhoseOrigin: "au serveur d’origine", WhoseUs: "à nous",
	Digest: "SHA-256", OpenOriginal: "Ouvrir l’original", GPSRemoved: "Les images servies ne contiennent aucune métadonnée : ni lieu, ni appareil, ni nom.", HadTags: "Le fichier envoyé contient :",
	SourceType: "Type de source numérique",

	CheckUp: "Contrôle de l’image", SeeOther: "Voir l’autre", WarningHint: "Un avertissement n’empêche rien d’être montré.",
	SmallSource: "L’image est petite et paraît grossière sur un grand écran.", SmallSourceDo: "Envoyer l’original, d’au moins 1024 pixels sur son grand côté.",
	Blurred: "L’image est floue, ou petite et agrandie.", BlurredDo: "Envoyer une autre prise, ou l’original d’avant l’agrandissement.",
	TooDark: "L’image est très sombre.", TooDarkDo: "Envoyer une autre prise avec plus de lumière, ou éclaircir celle-ci.",
	TooBright: "Une grande part de l’image est blanche, et l’on n’y voit rien.", TooBrightDo: "Envoyer une autre prise, moins exposée.",
	Bars: "L’image a des bandes le long de deux côtés.", BarsDo: "L’envoyer sans elles ; les galeries cadrent les images elles-mêmes.",
	DrawingAsPhoto: "Elle se trouve parmi les photos et ressemble à un plan, une capture d’écran ou un autre dessin.", DrawingAsPhotoDo: "Lui donner la catégorie de ce qu’elle est, comme FLOOR_PLAN, ou envoyer une photo à sa place.",
	PhotoAsDrawing: "Elle a la catégorie d’un dessin et ressemble à une photo.", PhotoAsDrawingDo: "Lui donner la catégorie de ce qu’elle montre.",
	SamePicture: "Une autre image de l’annonce a le même aspect.", SamePictureDo: "Garder la meilleure des deux.",
	PictureElsewhere: "Une image d’une autre annonce a le même aspect.", PictureElsewhereDo: "Vérifier qu’elle est dans la bonne annonce.",

	Address: "Adresse", Events: "Événements", AllEvents: "tous", Health: "Santé", Healthy: "bonne", Disabled: "désactivé", Paused: "laissé en paix jusqu’à %s", Answerless: "sans réponse %d fois de suite",
	NoWebhooks: "Il n’y a pas de webhook. On les crée par l’API.", SendTest: "Envoyer un essai", Enable: "Activer", Disable: "Désactiver",
	Deliveries: "Livraisons", NoDeliveries: "Rien n’a encore été livré.", Event: "Événement", Tries: "Essais", Delivered: "livré", Pending: "en attente",
	DeliveryFailed: "échec", Replay: "Renvoyer", Answer: "Réponse", NextTry: "Prochain essai",

	Keys: "Clés", Prefix: "Commence par", MayDo: "Permet", Operates: "voit les files de tous les comptes", Everything: "tout", MadeAt: "Créée", RevokedAt: "Révoquée", Good: "valable",
	Rules: "Règles de ce compte", RulesHint: "L’opérateur les fixe.", Limits: "Limites", LimitsHint: "Les mêmes pour tous les comptes de ce serveur.",
	Setting: "Réglage", Value: "Valeur", From: "Venu de", None: "aucun",

	JustNow: "à l’instant", MinutesAgo: "il y a %d min", HoursAgo: "il y a %d h", DaysAgo: "il y a %d jours", DateTime: "02/01/2006 15:04 UTC", SpanSeconds: "%d s", SpanMinutes: "%d min", SpanHours: "%d h", SpanDays: "%d jours", Seconds: "%.1f s",
}
