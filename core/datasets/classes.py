"""What a folder name means: a class, a split or a camera."""

from __future__ import annotations

import re
import unicodedata

from core.domain import DAMAGED, INTACT

# One table a meaning, read in lower case, without accents, spaces, hyphens, dots and underscores.
CLASSES = {
    DAMAGED: """
        damage damages damaged defect defects defective defectives def deffront nok notok ko ng nogood notgood bad
        broken anomaly anomalies anomalous abnormal fault faulty fail failed failure reject rejected rejects scrap
        dent dented crushed
        beschaedigt beschadigt defekt fehlerhaft kaputt schlecht ausschuss nio
        danificado danificada danificados danificadas dano danos defeito defeitos defeituoso defeituosa avariado
        avariada ruim reprovado
        danado danada defecto defectos defectuoso defectuosa averiado roto malo rechazado
        endommage endommagee defectueux defectueuse defaut defauts abime abimee casse mauvais
        danneggiato danneggiata difetto difetti difettoso difettosa rotto scarto beschadigd kapot defekten skadad
        uszkodzony uszkodzone hasarli 不良 不良品
    """,
    INTACT: """
        intact ok okay okfront good goods normal undamaged nondamaged notdamaged nodamage nodamages nondefective
        nodefect nodefects defectfree pass passed healthy clean fine sound accept accepted conforming flawless perfect
        intakt gut heil unbeschaedigt unbeschadigt einwandfrei fehlerfrei io
        intacto intacta intactos intactas bom boa bons boas perfeito perfeita aprovado semdano semdanos semdefeito
        bueno buena correcto sindano sindanos sindefecto aprobado
        intacte bon bonne integro integra buono buona goed onbeschadigd oskadad nieuszkodzony hasarsiz 良品 合格
    """,
}
SPLITS = {
    "train": "train training trn treino treinamento entrenamiento entrainement",
    "validation": "validation valid val dev validacao validacion",
    "test": "test testing tests tst eval evaluation holdout teste prueba interpretabilidade interpretability",
}
MASK_FOLDERS = frozenset({"groundtruth", "mask", "masks"})
"""Folders beside the classes whose pictures are markings, not photographs."""
BESIDE = frozenset({"masks", "twins"})
"""Folders at the root that belong to the pictures: damaged pixels, and the same pictures without the damage."""

_CAMERA = re.compile(
    r"(side|lateral|top|front|back|rear|left|right|bottom|above|below|oblique|cam|camera|view"
    r"|seite|oben|unten|vorne|hinten|links|rechts|lado|topo|frente)\d{0,2}"
)


def plain(name: str) -> str:
    """A name without case, accents and separators: "Beschädigt", "OK_front" -> "beschadigt", "okfront"."""
    spread = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in spread if sign.isalnum() and not unicodedata.combining(sign))


def _meanings(table: dict[str, str]) -> dict[str, str]:
    return {plain(word): meaning for meaning, words in table.items() for word in words.split()}


_CLASS_OF = _meanings(CLASSES)
_SPLIT_OF = _meanings(SPLITS)


def class_of(folder: str) -> tuple[str, bool]:
    """The class a folder name stands for, and whether the table knows it; an unknown name is its own class."""
    known = _CLASS_OF.get(plain(folder))
    return (known, True) if known else (folder.strip().lower(), False)


def split_of(folder: str) -> tuple[str, bool]:
    """The split a folder name stands for, and whether the table knows it; an unknown name is its own split."""
    known = _SPLIT_OF.get(plain(folder))
    return (known, True) if known else (folder.strip().lower(), False)


def is_camera(name: str) -> bool:
    """Whether a word is a usual name of a camera: "side", "top", "Left 2", "cam01"."""
    return _CAMERA.fullmatch(plain(name)) is not None
