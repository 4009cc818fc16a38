"""The published tables of MIMIC-III and MIMIC-IV: their columns and types, and whether files are these tables."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from aition.core.errors import InputError
from aition.data.readers.delimited import ENDINGS, header_of

Columns = Mapping[str, str]
"""Columns of a table, in order, with their types."""
Tables = Mapping[str, Columns]
"""Tables, by their file's path below the root, without its ending."""


def columns(text: str) -> Columns:
    """Columns out of words, each followed by its type."""
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


MIMIC_IV: Tables = {
    "hosp/patients": columns(
        "subject_id INTEGER gender VARCHAR anchor_age SMALLINT anchor_year SMALLINT anchor_year_group VARCHAR dod DATE"
    ),
    "hosp/admissions": columns(
        "subject_id INTEGER hadm_id INTEGER admittime TIMESTAMP dischtime TIMESTAMP deathtime TIMESTAMP "
        "admission_type VARCHAR admit_provider_id VARCHAR admission_location VARCHAR discharge_location VARCHAR "
        "insurance VARCHAR language VARCHAR marital_status VARCHAR race VARCHAR edregtime TIMESTAMP "
        "edouttime TIMESTAMP hospital_expire_flag SMALLINT"
    ),
    "hosp/labevents": columns(
        "labevent_id INTEGER subject_id INTEGER hadm_id INTEGER specimen_id INTEGER itemid INTEGER "
        "order_provider_id VARCHAR charttime TIMESTAMP storetime TIMESTAMP value VARCHAR valuenum DOUBLE "
        "valueuom VARCHAR ref_range_lower DOUBLE ref_range_upper DOUBLE flag VARCHAR priority VARCHAR comments VARCHAR"
    ),
    "hosp/prescriptions": columns(
        "subject_id INTEGER hadm_id INTEGER pharmacy_id INTEGER poe_id VARCHAR poe_seq INTEGER "
        "order_provider_id VARCHAR starttime TIMESTAMP stoptime TIMESTAMP drug_type VARCHAR drug VARCHAR "
        "formulary_drug_cd VARCHAR gsn VARCHAR ndc VARCHAR prod_strength VARCHAR form_rx VARCHAR dose_val_rx VARCHAR "
        "dose_unit_rx VARCHAR form_val_disp VARCHAR form_unit_disp VARCHAR doses_per_24_hrs DOUBLE route VARCHAR"
    ),
    "icu/icustays": columns(
        "subject_id INTEGER hadm_id INTEGER stay_id INTEGER first_careunit VARCHAR last_careunit VARCHAR "
        "intime TIMESTAMP outtime TIMESTAMP los DOUBLE"
    ),
    "icu/chartevents": columns(
        "subject_id INTEGER hadm_id INTEGER stay_id INTEGER caregiver_id INTEGER charttime TIMESTAMP "
        "storetime TIMESTAMP itemid INTEGER value VARCHAR valuenum DOUBLE valueuom VARCHAR warning SMALLINT"
    ),
    "icu/inputevents": columns(
        "subject_id INTEGER hadm_id INTEGER stay_id INTEGER caregiver_id INTEGER starttime TIMESTAMP "
        "endtime TIMESTAMP storetime TIMESTAMP itemid INTEGER amount DOUBLE amountuom VARCHAR rate DOUBLE "
        "rateuom VARCHAR orderid INTEGER linkorderid INTEGER ordercategoryname VARCHAR "
        "secondaryordercategoryname VARCHAR ordercomponenttypedescription VARCHAR ordercategorydescription VARCHAR "
        "patientweight DOUBLE totalamount DOUBLE totalamountuom VARCHAR isopenbag SMALLINT "
        "continueinnextdept SMALLINT statusdescription VARCHAR originalamount DOUBLE originalrate DOUBLE"
    ),
    "icu/outputevents": columns(
        "subject_id INTEGER hadm_id INTEGER stay_id INTEGER caregiver_id INTEGER charttime TIMESTAMP "
        "storetime TIMESTAMP itemid INTEGER value DOUBLE valueuom VARCHAR"
    ),
}
"""Of release 3; releases before 2.2 lack ``caregiver_id`` and the ids of providers."""

MIMIC_III: Tables = {
    "PATIENTS": columns(
        "ROW_ID INTEGER SUBJECT_ID INTEGER GENDER VARCHAR DOB TIMESTAMP DOD TIMESTAMP DOD_HOSP TIMESTAMP "
        "DOD_SSN TIMESTAMP EXPIRE_FLAG INTEGER"
    ),
    "ADMISSIONS": columns(
        "ROW_ID INTEGER SUBJECT_ID INTEGER HADM_ID INTEGER ADMITTIME TIMESTAMP DISCHTIME TIMESTAMP "
        "DEATHTIME TIMESTAMP ADMISSION_TYPE VARCHAR ADMISSION_LOCATION VARCHAR DISCHARGE_LOCATION VARCHAR "
        "INSURANCE VARCHAR LANGUAGE VARCHAR RELIGION VARCHAR MARITAL_STATUS VARCHAR ETHNICITY VARCHAR "
        "EDREGTIME TIMESTAMP EDOUTTIME TIMESTAMP DIAGNOSIS VARCHAR HOSPITAL_EXPIRE_FLAG SMALLINT "
        "HAS_CHARTEVENTS_DATA SMALLINT"
    ),
    "ICUSTAYS": columns(
        "ROW_ID INTEGER SUBJECT_ID INTEGER HADM_ID INTEGER ICUSTAY_ID INTEGER DBSOURCE VARCHAR "
        "FIRST_CAREUNIT VARCHAR LAST_CAREUNIT VARCHAR FIRST_WARDID SMALLINT LAST_WARDID SMALLINT INTIME TIMESTAMP "
        "OUTTIME TIMESTAMP LOS DOUBLE"
    ),
    "CHARTEVENTS": columns(
        "ROW_ID INTEGER SUBJECT_ID INTEGER HADM_ID INTEGER ICUSTAY_ID INTEGER ITEMID INTEGER CHARTTIME TIMESTAMP "
        "STORETIME TIMESTAMP CGID INTEGER VALUE VARCHAR VALUENUM DOUBLE VALUEUOM VARCHAR WARNING INTEGER "
        "ERROR INTEGER RESULTSTATUS VARCHAR STOPPED VARCHAR"
    ),
    "LABEVENTS": columns(
        "ROW_ID INTEGER SUBJECT_ID INTEGER HADM_ID INTEGER ITEMID INTEGER CHARTTIME TIMESTAMP VALUE VARCHAR "
        "VALUENUM DOUBLE VALUEUOM VARCHAR FLAG VARCHAR"
    ),
    "INPUTEVENTS_CV": columns(
        "ROW_ID INTEGER SUBJECT_ID INTEGER HADM_ID INTEGER ICUSTAY_ID INTEGER CHARTTIME TIMESTAMP ITEMID INTEGER "
        "AMOUNT DOUBLE AMOUNTUOM VARCHAR RATE DOUBLE RATEUOM VARCHAR STORETIME TIMESTAMP CGID INTEGER "
        "ORDERID INTEGER LINKORDERID INTEGER STOPPED VARCHAR NEWBOTTLE INTEGER ORIGINALAMOUNT DOUBLE "
        "ORIGINALAMOUNTUOM VARCHAR ORIGINALROUTE VARCHAR ORIGINALRATE DOUBLE ORIGINALRATEUOM VARCHAR "
        "ORIGINALSITE VARCHAR"
    ),
    "INPUTEVENTS_MV": columns(
        "ROW_ID INTEGER SUBJECT_ID INTEGER HADM_ID INTEGER ICUSTAY_ID INTEGER STARTTIME TIMESTAMP ENDTIME TIMESTAMP "
        "ITEMID INTEGER AMOUNT DOUBLE AMOUNTUOM VARCHAR RATE DOUBLE RATEUOM VARCHAR STORETIME TIMESTAMP "
        "CGID INTEGER ORDERID INTEGER LINKORDERID INTEGER ORDERCATEGORYNAME VARCHAR "
        "SECONDARYORDERCATEGORYNAME VARCHAR ORDERCOMPONENTTYPEDESCRIPTION VARCHAR ORDERCATEGORYDESCRIPTION VARCHAR "
        "PATIENTWEIGHT DOUBLE TOTALAMOUNT DOUBLE TOTALAMOUNTUOM VARCHAR ISOPENBAG SMALLINT "
        "CONTINUEINNEXTDEPT SMALLINT CANCELREASON SMALLINT STATUSDESCRIPTION VARCHAR COMMENTS_EDITEDBY VARCHAR "
        "COMMENTS_CANCELEDBY VARCHAR COMMENTS_DATE TIMESTAMP ORIGINALAMOUNT DOUBLE ORIGINALRATE DOUBLE"
    ),
    "OUTPUTEVENTS": columns(
        "ROW_ID INTEGER SUBJECT_ID INTEGER HADM_ID INTEGER ICUSTAY_ID INTEGER CHARTTIME TIMESTAMP ITEMID INTEGER "
        "VALUE DOUBLE VALUEUOM VARCHAR STORETIME TIMESTAMP CGID INTEGER STOPPED VARCHAR NEWBOTTLE VARCHAR "
        "ISERROR INTEGER"
    ),
    "PRESCRIPTIONS": columns(
        "ROW_ID INTEGER SUBJECT_ID INTEGER HADM_ID INTEGER ICUSTAY_ID INTEGER STARTDATE TIMESTAMP ENDDATE TIMESTAMP "
        "DRUG_TYPE VARCHAR DRUG VARCHAR DRUG_NAME_POE VARCHAR DRUG_NAME_GENERIC VARCHAR FORMULARY_DRUG_CD VARCHAR "
        "GSN VARCHAR NDC VARCHAR PROD_STRENGTH VARCHAR DOSE_VAL_RX VARCHAR DOSE_UNIT_RX VARCHAR FORM_VAL_DISP VARCHAR "
        "FORM_UNIT_DISP VARCHAR ROUTE VARCHAR"
    ),
}
"""Of release 1.4."""


def check_files(root: Path, reads: Mapping[str, tuple[str, ...]], published: Tables) -> dict[str, Path]:
    """Find the file of each table, and see that it has the columns that are read.

    Names of folders, files and columns may be in capitals or not; columns may stand in any order, and others may be
    there too.

    Args:
        root: Folder of the tables.
        reads: Columns that are read, in small letters, by table.
        published: Columns there are, so that an error can name those that are new.

    Returns:
        The file of each table of ``reads``.

    Raises:
        InputError: Files or columns are missing, or a table is there twice; all that is wrong is told at once.
    """
    if not root.is_dir():
        raise InputError(f"root must be a folder of tables such as {next(iter(reads))}, but {root} is none")
    found: dict[str, Path] = {}
    wrong: list[str] = []
    for table, wanted in reads.items():
        try:
            found[table] = file_of(root, table)
            wrong += wrong_columns(found[table], wanted, published[table])
        except InputError as error:
            wrong.append(str(error))
    if wrong:
        raise InputError(f"{root} can't be read: " + "; ".join(wrong))
    return found


def file_of(root: Path, table: str) -> Path:
    """The one file of a table; raises where there is none, or more than one."""
    folder = root
    *above, name = table.split("/")
    for part in above:
        folder = next(
            (one for one in sorted(folder.iterdir()) if one.is_dir() and one.name.lower() == part.lower()), folder
        )
    there = sorted(one for one in folder.iterdir() if one.is_file())
    files = [one for one in there if one.name.lower() in [name.lower() + ending for ending in ENDINGS]]
    if len(files) > 1:
        raise InputError(f"{table} must be there once, but is there as {' and '.join(one.name for one in files)}")
    if not files:
        known = {one.name.lower().split(".")[0]: one.name for one in there}
        near = [known[close] for close in get_close_matches(name.lower(), known, n=1)]
        raise InputError(f"{table}.csv or .csv.gz is missing" + "".join(f" (is it {one}?)" for one in near))
    return files[0]


def wrong_columns(path: Path, wanted: tuple[str, ...], published: Columns) -> list[str]:
    """What is wrong with the columns of a file: at most one sentence."""
    names = [one.lower() for one in header_of(path)]
    missing = [one for one in wanted if one not in names]
    if not missing:
        return []
    new = [one for one in names if one not in [known.lower() for known in published]]
    told = f"{path.name} lacks the columns {', '.join(missing)}"
    return [told + (f" and has others that are not published: {', '.join(new)}" if new else "")]
