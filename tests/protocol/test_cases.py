"""The cases that the provider holds itself to, each with the tests that show it.

A case without a test, or a test that is gone, fails here.
"""

from __future__ import annotations

import ast
from functools import cache

import pytest
from places import ROOT

TABLE = "tests/protocol/test_specification.py::test_p1_to_p9_the_table"
VERBS, RECORDS = "tests/provider/test_verbs.py", "tests/provider/test_records.py"
PAGES, APP = "tests/provider/test_lists.py", "tests/server/test_app.py"
ABOUT, TOKENS = "tests/protocol/test_about.py", "tests/oai/test_tokens.py"
LEAKS, FOREIGN = "tests/protocol/test_leaks.py", "tests/interop/test_foreign_clients.py"
CONSUMERS, PUBLISH = "tests/protocol/test_consumers.py", "tests/test_publish.py"
BROWSING, CLIENTS = "tests/server/test_browsing.py", "tests/server/test_clients.py"
LISTS = "panharvest/testing/store_lists.py"
PHASES = "panharvest/testing/store_phases.py"
SQLITE, POLICY = "tests/stores/test_sqlite.py", "tests/test_policy.py"
VALID = "tests/conftest.py::every_answer_is_valid"

CASES: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "six verbs by GET and POST, HEAD; other methods 405",
        (
            TABLE,
            f"{APP}::test_p1_get_post_and_head",
            f"{APP}::test_p1_other_methods_are_refused",
        ),
    ),
    2: ("every body is valid, with metadata, about and description", (VALID,)),
    3: (
        "what independent validators check, by page size, set and granularity",
        (
            "tests/protocol/test_specification.py"
            "::test_the_envelope_is_written_as_old_clients_expect",
            f"{ABOUT}::test_p3_incremental_harvests_by_day_and_by_second_agree",
            f"{PAGES}::test_p24_p25_pages_of_any_size_make_the_whole_list",
        ),
    ),
    4: (
        "errors of the protocol are 200; 503 is for outage and pace",
        (
            TABLE,
            f"{APP}::test_p47_an_outage_is_said_and_not_explained",
        ),
    ),
    5: ("badVerb, and a request without attributes", (TABLE,)),
    6: ("badArgument: unknown, repeated, empty, missing, token and more", (TABLE,)),
    7: (
        "the request is echoed exactly",
        (
            TABLE,
            f"{RECORDS}::test_the_echo_is_not_changed",
        ),
    ),
    8: (
        "hostile bytes are badArgument, never 500",
        (
            "tests/protocol/test_fuzz.py::test_p8_hostile_requests",
            "tests/protocol/test_fuzz.py::test_p8_p21_tampered_tokens",
            "tests/oai/test_grammar.py"
            "::test_p8_whatever_is_asked_the_answer_is_well_formed",
            f"{APP}::test_p8_a_giant_argument_is_a_bad_argument",
            "tests/server/test_wire.py::test_p8_an_address_without_end_is_refused",
        ),
    ),
    9: (
        "dates that are none, or of two granularities",
        (
            TABLE,
            "tests/oai/test_grammar.py::test_p9_other_forms_are_no_datestamps",
        ),
    ),
    10: (
        "bounds are inclusive; a day ends with its last second",
        (
            f"{RECORDS}::test_p10_bounds_are_inclusive",
            f"{RECORDS}::test_p10_a_day_as_until_covers_its_last_second",
        ),
    ),
    11: (
        "outside of all datestamps nothing matches",
        (f"{RECORDS}::test_p11_outside_of_all_datestamps",),
    ),
    12: (
        "earliestDatestamp is not after any datestamp",
        (
            f"{VERBS}::test_p12_no_datestamp_is_earlier_than_the_earliest",
            f"{LISTS}::test_the_earliest_datestamp_is_before_all_that_were_served",
        ),
    ),
    13: (
        "responseDate is the start of the request",
        (f"{VERBS}::test_p13_the_response_date_is_the_start_of_the_request",),
    ),
    14: (
        "GetRecord gives what lists give",
        (f"{RECORDS}::test_p14_a_record_is_the_same_wherever_it_is_shown",),
    ),
    15: (
        "unknown ids, formats that an item lacks",
        (
            f"{RECORDS}::test_p15_unknown_ids_and_formats",
            f"{VERBS}::test_p15_formats_of_an_item",
            f"{VERBS}::test_p15_an_item_in_no_offered_format",
        ),
    ),
    16: (
        "sets within sets; no sets at all",
        (
            f"{VERBS}::test_p16_sets_are_listed_with_those_above_them",
            f"{VERBS}::test_p16_a_set_holds_the_members_of_those_below_it",
            f"{VERBS}::test_p16_a_repository_without_sets",
            f"{ABOUT}::test_p16_only_the_configured_sets_are_offered",
        ),
    ),
    17: (
        "an unknown set matches nothing; setSpecs are checked when configured",
        (
            f"{VERBS}::test_p17_an_unknown_set_matches_nothing",
            f"{ABOUT}::test_p17_what_could_not_be_said_is_refused_when_configured",
            "tests/test_config.py::test_p17_sets_are_checked_where_they_are_configured",
        ),
    ),
    18: (
        "openaire_data holds what is or was open",
        (f"{VERBS}::test_p18_openaire_data_holds_what_is_or_was_open",),
    ),
    19: (
        "a token needs no escaping and has at most 512 characters",
        (
            f"{TOKENS}::test_p19_a_token_needs_no_escaping_anywhere",
            f"{TOKENS}::test_p19_the_longest_token_fits",
        ),
    ),
    20: (
        "a token is good on every process with the key, also the previous one",
        (
            f"{PAGES}::test_p20_p21_whose_tokens_are_good",
            f"{TOKENS}::test_p20_a_new_key_signs_and_the_old_one_still_verifies",
        ),
    ),
    21: (
        "altered, cut, foreign and expired tokens are bad",
        (
            f"{TOKENS}::test_p21_any_altered_character_is_noticed",
            f"{TOKENS}::test_p21_a_cut_or_longer_token_is_noticed",
            f"{TOKENS}::test_p21_a_token_of_another_repository_is_refused",
            f"{TOKENS}::test_p21_a_token_expires",
            "tests/protocol/test_fuzz.py::test_p8_p21_tampered_tokens",
        ),
    ),
    22: (
        "a token can be used again",
        (f"{PAGES}::test_p22_a_token_can_be_used_again",),
    ),
    23: (
        "a token holds the whole list and is good for a day or more",
        (
            f"{TOKENS}::test_p23_a_position_survives_the_way_to_the_client_and_back",
            f"{PAGES}::test_p23_a_token_is_good_for_a_day_at_least",
        ),
    ),
    24: (
        "cursor and completeListSize; how a list ends",
        (f"{PAGES}::test_p24_p25_pages_of_any_size_make_the_whole_list",),
    ),
    25: (
        "no page is empty",
        (f"{PAGES}::test_p24_p25_pages_of_any_size_make_the_whole_list",),
    ),
    26: (
        "records that change while a list is read",
        (
            f"{PAGES}::test_p26_a_list_that_is_paged_while_records_change",
            f"{SQLITE}::test_a_harvester_misses_nothing_while_others_write",
        ),
    ),
    27: (
        "many records of one datestamp",
        (f"{PAGES}::test_p27_one_datestamp_for_all",),
    ),
    28: (
        "a page costs what its rows cost, wherever it is in the list",
        (f"{SQLITE}::test_a_page_costs_what_its_rows_cost",),
    ),
    29: (
        "a withdrawn record is a deleted header for ever",
        (
            f"{RECORDS}::test_p29_a_withdrawn_record_is_a_header_for_ever",
            f"{ABOUT}::test_p29_nothing_is_said_about_a_deleted_record",
            f"{LEAKS}::test_p29_after_its_withdrawal_only_a_tombstone_is_told",
        ),
    ),
    30: (
        "a record comes back under its identifier",
        (f"{RECORDS}::test_p30_a_record_comes_back_under_its_identifier",),
    ),
    31: (
        "before its embargo ends a record is unknown to everything",
        (
            f"{LEAKS}::test_p31_before_it_is_public_nothing_is_told",
            f"{LEAKS}::test_p31_errors_and_sizes_are_those_of_an_unknown_record",
            f"{RECORDS}::test_p31_nothing_tells_of_a_hidden_record",
            "tests/server/test_pages.py::test_p31_no_link_leads_to_a_hidden_record",
            "tests/server/test_metrics.py::test_p31_only_what_is_visible_is_counted",
        ),
    ),
    32: (
        "at its end it appears with that instant as datestamp",
        (
            f"{RECORDS}::test_p32_the_end_of_an_embargo_is_its_datestamp",
            f"{PUBLISH}::test_a_record_appears_at_the_second_its_embargo_ends"
            "_at_the_facility",
        ),
    ),
    33: (
        "no job has to run: a late visit finds it",
        (
            f"{RECORDS}::test_p33_a_late_visit_finds_the_datestamp_after_the_last",
            f"{PHASES}::test_an_embargo_ends_on_its_second_without_any_job",
        ),
    ),
    34: (
        "an embargo extended after publication, or shortened",
        (
            f"{RECORDS}::test_p34_an_embargo_that_is_extended_after_publication",
            f"{PHASES}::test_an_embargo_shortened_shows_at_once",
            f"{LEAKS}::test_p34_hidden_again_is_as_withdrawn",
        ),
    ),
    35: (
        "in doubt a record is withheld",
        (
            f"{PUBLISH}::test_doubt_hides",
            f"{POLICY}::test_case_12_nothing_known_hides",
            f"{ABOUT}::test_p35_without_a_stage_nothing_is_known",
        ),
    ),
    36: (
        "datestamps do not go back with the clock",
        (
            f"{ABOUT}::test_p36_datestamps_do_not_go_back_with_the_clock",
            f"{LISTS}::test_datestamps_never_go_back_with_the_clock",
        ),
    ),
    37: (
        "nothing appears later with an older datestamp",
        (
            f"{ABOUT}::test_p37_nothing_appears_later_with_an_older_datestamp",
            f"{LISTS}::test_a_stamp_is_ahead_of_the_clock_at_the_commit",
        ),
    ),
    38: (
        "a datestamp moves only in the formats that changed",
        (
            f"{PHASES}::test_only_the_format_that_changed_gets_a_new_datestamp",
            f"{ABOUT}::test_p38_what_is_said_about_a_record_moves_its_datestamp",
            f"{PUBLISH}::test_publishing_again_changes_nothing",
        ),
    ),
    39: (
        "Dublin Core has what everybody reads",
        (f"{CONSUMERS}::test_p39_dublin_core_has_what_everybody_reads",),
    ),
    40: (
        "B2FIND, EOSC Data Commons and OpenAIRE accept every record",
        (
            f"{CONSUMERS}::test_p40_b2find_accepts_every_record",
            f"{CONSUMERS}::test_p40_eosc_data_commons_accepts_every_record",
            f"{CONSUMERS}::test_p40_openaire_accepts_every_record",
        ),
    ),
    41: (
        "schemaLocation pairs namespace and schema",
        (
            VALID,
            f"{CONSUMERS}::test_p41_schema_locations_are_pairs",
        ),
    ),
    42: (
        "records of others carry their provenance, nested",
        (
            f"{ABOUT}::test_p42_a_record_tells_where_it_was_harvested",
            "tests/oai/test_containers.py"
            "::test_p42_provenance_of_a_second_hop_is_nested",
        ),
    ),
    43: (
        "rights, friends, one oai-identifier, the public base URL",
        (
            f"{VERBS}::test_p43_identify",
            f"{ABOUT}::test_p43_identify_names_friends_and_terms",
            "tests/oai/test_containers.py::test_p43_rights_are_those_of_the_metadata",
        ),
    ),
    44: (
        "gzip, Vary, ETag, HEAD",
        (
            f"{APP}::test_p44_gzip_when_it_is_accepted",
            f"{APP}::test_p44_conditional_requests",
            f"{APP}::test_p1_get_post_and_head",
        ),
    ),
    45: (
        "readable in a browser; never a page for a harvester",
        (
            f"{BROWSING}::test_p45_pages_are_for_people",
            f"{BROWSING}::test_p45_the_link_as_xml_gives_xml",
            f"{BROWSING}::test_pages_load_nothing_and_run_nothing",
        ),
    ),
    46: (
        "a pace for each client that no polite one ever feels",
        (
            f"{CLIENTS}::test_p46_too_fast_is_503_with_whole_seconds",
            f"{CLIENTS}::test_p46_who_waits_as_told_is_let_in",
            f"{CLIENTS}::test_p46_sickle_never_runs_out_of_retries",
        ),
    ),
    47: (
        "an outage is 503, never an empty list",
        (
            f"{APP}::test_p47_an_outage_is_said_and_not_explained",
            f"{VERBS}::test_p47_an_outage_is_never_an_empty_list",
        ),
    ),
    48: (
        "sickle, oaipmh, scythe and HTTP::OAI read everything",
        (
            f"{FOREIGN}::test_p48_sickle",
            f"{FOREIGN}::test_p48_oaipmh",
            f"{FOREIGN}::test_p48_scythe",
            f"{FOREIGN}::test_p48_http_oai",
        ),
    ),
    49: (
        "the static repository has the records of every list",
        ("tests/test_export.py::test_p49_the_file_has_the_records_of_every_list",),
    ),
}


@cache
def functions(path: str) -> frozenset[str]:
    """Give the names of all functions and methods of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))


def test_every_case_is_in_the_table() -> None:
    assert list(CASES) == list(range(1, 50))
    assert all(what and tests for what, tests in CASES.values())


@pytest.mark.parametrize("case", CASES)
def test_every_case_has_its_tests(case: int) -> None:
    _, tests = CASES[case]
    for test in tests:
        path, _, name = test.partition("::")
        assert name in functions(path), f"P{case}: {test} is gone"


def test_tests_that_name_a_case_name_one_of_these() -> None:
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in functions(str(path.relative_to(ROOT))):
            words = name.removeprefix("test_").split("_")
            numbers = [int(w[1:]) for w in words if w[:1] == "p" and w[1:].isdigit()]
            assert all(number in CASES for number in numbers), f"{path}: {name}"
