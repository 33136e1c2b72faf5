"""The cases that the harvester holds itself to, each with the tests that show it.

A case without a test, or a test that is gone, fails here.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = "tests/sources/test_oaipmh_pages.py"
HTTP = "tests/test_transport.py"
LISTS = "tests/harvester/test_listing.py"
SWEEPS = "tests/harvester/test_sweeping.py"
ENGINE = "tests/harvester/test_engine.py"
SERVED = "tests/harvester/test_exposing.py"
COMMANDS = "tests/test_harvest_commands.py"
STORE = "panharvest/testing/store_harvests.py"
MATRIX = "tests/interop/test_fault_matrix.py"

CASES: dict[int, tuple[str, tuple[str, ...]]] = {
    50: (
        "a body cut at any byte is asked for again, or told",
        (
            f"{PAGES}::test_h50_cut_at_every_byte_nothing_is_taken_for_whole",
            f"{LISTS}::test_h50_a_body_cut_anywhere_costs_nothing",
            f"{LISTS}::test_h50_a_page_that_is_always_cut_is_gone_around",
            f"{LISTS}::test_h50_an_outage_is_incomplete_and_the_next_run_goes_on",
        ),
    ),
    51: (
        "HTML, nothing, JSON with status 200",
        (
            f"{PAGES}::test_h51_what_is_no_answer_is_named",
            f"{PAGES}::test_h51_whatever_bytes_come_it_is_an_answer_or_refused",
            f"{HTTP}::test_h51_what_the_caller_cannot_use_is_fetched_again",
        ),
    ),
    52: (
        "Retry-After as told, within reason; retries with jitter; 4xx are not retried",
        (
            f"{HTTP}::test_h52_retry_after_is_seconds_or_a_date",
            f"{HTTP}::test_h52_servers_in_trouble_are_asked_again",
            f"{HTTP}::test_h52_servers_that_refuse_are_not",
            f"{HTTP}::test_h52_the_server_says_how_long_within_reason",
            f"{HTTP}::test_h52_waits_are_doubled_up_to_a_limit_and_jittered",
            f"{HTTP}::test_h52_no_connection_is_tried_again_too",
        ),
    ),
    53: (
        "an OAI error under an HTTP error",
        (
            f"{LISTS}::test_h53_an_oai_error_under_an_http_error_is_understood",
            f"{LISTS}::test_h53_no_records_under_500_is_an_outage",
        ),
    ),
    54: (
        "kill -9 at any moment",
        (
            f"{ENGINE}::test_h54_killed_fifty_times_the_store_is_as_if_never",
            f"{STORE}::test_all_of_a_transaction_or_nothing",
        ),
    ),
    55: (
        "expired tokens: from the last safe datestamp, by halves, never complete",
        (
            f"{LISTS}::test_h55_a_list_goes_on_from_its_last_datestamp",
            f"{LISTS}::test_h55_without_order_it_is_read_by_halves",
            f"{LISTS}::test_h55_where_dates_do_not_help_it_is_incomplete",
            f"{LISTS}::test_h55_a_token_that_expires_overnight_does_no_harm",
        ),
    ),
    56: (
        "circles, too many empty pages, too many pages",
        (
            f"{LISTS}::test_h56_a_list_that_goes_round_is_left",
            f"{LISTS}::test_h56_so_is_one_of_nothing_but_empty_pages",
            f"{LISTS}::test_h56_and_one_of_too_many_pages",
        ),
    ),
    57: (
        "empty pages go on; tokens are stripped, and encoded exactly once",
        (
            f"{LISTS}::test_h57_some_empty_pages_are_no_end",
            f"{LISTS}::test_h57_tokens_of_any_characters_come_back_as_they_are",
            f"{PAGES}::test_h57_the_token_is_stripped_and_an_empty_one_ends_the_list",
            f"{HTTP}::test_h57_every_value_is_encoded_exactly_once",
        ),
    ),
    58: (
        "fewer records than completeListSize: incomplete, bookmark not moved",
        (
            f"{LISTS}::test_h58_a_list_shorter_than_promised_is_incomplete",
            f"{LISTS}::test_h58_what_a_page_left_out_is_fetched_one_by_one",
            f"{LISTS}::test_h58_but_not_thousands_of_them",
        ),
    ),
    59: (
        "a token missing early, noRecordsMatch in the middle",
        (
            f"{LISTS}::test_h59_a_token_that_is_missing_is_no_end",
            f"{LISTS}::test_h59_no_records_in_the_middle_is_no_end",
            f"{LISTS}::test_h59_an_empty_repository_is_not_believed",
            f"{LISTS}::test_h59_an_outage_does_not_move_the_bookmark",
            f"{LISTS}::test_h59_a_round_number_without_size_is_suspicious",
        ),
    ),
    60: (
        "one bad record is quarantined with bytes, position and reason",
        (
            f"{PAGES}::test_h60_one_bad_record_is_put_aside_and_the_others_are_kept",
            f"{PAGES}::test_h60_wherever_it_is_and_however_it_is_broken",
            f"{LISTS}::test_h60_a_bad_record_is_quarantined_and_freed_when_it_is_mended",
            f"{LISTS}::test_h60_a_bad_version_does_not_replace_a_good_one",
        ),
    ),
    61: (
        "repaired, and kept as it came",
        (
            f"{PAGES}::test_h61_a_record_is_repaired_and_the_page_kept_as_it_came",
            f"{PAGES}::test_h61_what_stands_around_the_document_is_left_out",
            f"{PAGES}::test_h61_declared_in_one_encoding_and_written_in_another",
            f"{LISTS}::test_h61_a_repaired_record_is_flagged_and_the_page_kept",
        ),
    ),
    62: (
        "document types refused; bytes, ratio, depth and record size limited",
        (
            f"{PAGES}::test_h62_a_document_type_is_refused",
            f"{PAGES}::test_h62_a_record_too_long_or_too_deep_is_put_aside",
            f"{HTTP}::test_h62_a_bomb_is_stopped_on_the_way",
            f"{HTTP}::test_h62_so_is_a_body_that_is_too_long",
        ),
    ),
    63: (
        "gzip and zstd that are not declared; declared, but plain",
        (
            f"{HTTP}::test_h63_bodies_are_unpacked_by_what_they_are",
            f"{HTTP}::test_h63_a_cut_packed_body_is_fetched_again",
        ),
    ),
    64: (
        "datestamps in every form",
        (
            f"{PAGES}::test_h64_datestamps_in_all_their_forms",
            f"{PAGES}::test_h64_no_datestamp_is_fatal",
            f"{LISTS}::test_h64_datestamps_of_any_form_lose_nothing",
        ),
    ),
    65: (
        "granularity: from Identify, found out, remembered",
        (
            f"{LISTS}::test_h65_days_where_seconds_are_refused",
            f"{LISTS}::test_h65_seconds_where_days_are_refused",
            f"{LISTS}::test_h65_where_no_date_is_accepted_everything_is_read",
        ),
    ),
    66: (
        "the bookmark is the first responseDate, less the overlap",
        (
            f"{LISTS}::test_h66_incremental_harvests_miss_nothing",
            f"{LISTS}::test_h66_what_changes_while_a_list_is_read_comes_with_the_next",
            f"{LISTS}::test_h66_an_incomplete_run_keeps_the_old_bookmark",
        ),
    ),
    67: (
        "no until but for windows",
        (
            f"{LISTS}"
            "::test_h67_no_until_is_sent_and_from_is_the_bookmark_less_the_overlap",
            f"{LISTS}::test_h67_a_window_by_hand_keeps_no_bookmark",
        ),
    ),
    68: (
        "tombstones; what vanished, by two sweeps; a person is asked",
        (
            f"{LISTS}::test_h68_deleted_records_are_tombstones",
            f"{PAGES}::test_h68_a_deleted_record_may_have_metadata",
            f"{SWEEPS}::test_h68_missing_twice_is_vanished",
            f"{SWEEPS}::test_h68_missing_once_is_not",
            f"{SWEEPS}::test_h68_when_many_are_missing_a_person_is_asked",
            f"{SWEEPS}::test_h68_a_broken_sweep_buries_nobody",
        ),
    ),
    69: (
        "records that appear with old datestamps",
        (
            f"{SWEEPS}::test_h69_records_that_appear_with_an_old_datestamp_are_found",
            f"{SWEEPS}::test_h69_one_that_cannot_be_had_is_quarantined_by_name",
        ),
    ),
    70: (
        "SciCat as it is",
        (
            f"{LISTS}::test_h70_scicat_as_it_is",
            f"{LISTS}::test_h70_its_limit_is_noticed",
            f"{SWEEPS}::test_h70_get_record_of_scicat_has_no_wrapper",
        ),
    ),
    71: (
        "unions of sets; sets added later; no sets",
        (
            f"{LISTS}::test_h71_the_union_of_sets_has_each_record_once",
            f"{LISTS}::test_h71_a_set_that_is_added_to_a_record_is_a_change",
            f"{LISTS}::test_h71_no_sets_and_no_such_set_are_said",
        ),
    ),
    72: (
        "identifiers: trimmed, empty, twice on a page",
        (
            f"{PAGES}::test_h72_records_without_what_they_need",
            f"{PAGES}"
            "::test_h72_an_identifier_is_trimmed_and_the_later_of_two_records_counts",
            f"{LISTS}::test_h72_an_empty_identifier_is_put_aside",
            f"{LISTS}::test_h72_twice_on_a_page_is_told",
        ),
    ),
    73: (
        "redirects: five, on the host, never out of TLS; credentials stay",
        (
            f"{HTTP}::test_h73_redirects_on_the_host_are_followed",
            f"{HTTP}::test_h73_five_and_no_more",
            f"{HTTP}::test_h73_another_host_only_when_allowed",
            f"{HTTP}::test_h73_never_out_of_tls_and_never_to_a_file",
            f"{HTTP}::test_h73_credentials_stay_with_their_host_and_out_of_messages",
        ),
    ),
    74: (
        "manners: TLS, proxy, contact, crawl delay, pace, one connection",
        (
            f"{HTTP}::test_h74_who_asks_is_told",
            f"{HTTP}::test_h74_requests_are_paced_on_a_host",
            f"{HTTP}::test_h74_a_host_is_asked_by_one_at_a_time",
            f"{HTTP}::test_h74_the_connection_is_kept",
            f"{HTTP}::test_h74_tls_is_verified_and_the_proxy_of_the_environment_used",
            f"{HTTP}::test_h74_a_certificate_that_is_not_valid_stops",
            f"{HTTP}::test_h74_the_crawl_delay_is_heeded_when_asked_to",
        ),
    ),
    75: (
        "fetching never waits for processing; tokens of a minute",
        (
            f"{ENGINE}::test_h75_fetching_does_not_wait_for_whoever_listens",
            f"{ENGINE}::test_h75_the_next_page_is_asked_for_before_the_last_is_kept",
            f"{LISTS}::test_h55_tokens_of_a_minute_are_enough",
        ),
    ),
    76: (
        "memory: a page of 100 MB; a million records (benchmarks/harvest.py --large)",
        (f"{ENGINE}::test_h76_a_page_of_a_hundred_megabytes_fits",),
    ),
    77: (
        "two at once: the second refuses, a crash frees",
        (
            f"{ENGINE}::test_h77_a_second_harvest_of_an_endpoint_refuses",
            f"{ENGINE}::test_h77_the_lock_of_a_process_ends_with_it",
            f"{STORE}::test_two_at_once_are_refused",
        ),
    ),
    78: (
        "progress, report, exit codes",
        (
            f"{LISTS}::test_h78_progress_tells_how_far_it_is",
            f"{ENGINE}::test_h78_the_report_is_kept_and_can_be_written_as_json",
            f"{ENGINE}::test_h78_every_end_has_a_reason",
            f"{COMMANDS}::test_h78_exit_codes_and_the_report_as_json",
            f"{COMMANDS}::test_h78_bars_tell_pages_records_rate_and_size",
        ),
    ),
    79: (
        "replay from the pages that are kept; checksums verified",
        (
            f"{SERVED}::test_h79_a_replay_asks_nobody_and_changes_nothing",
            f"{COMMANDS}::test_h79_replay",
            "tests/stores/test_harvested.py::test_h79_a_damaged_page_is_noticed",
        ),
    ),
    80: (
        "the fault matrix",
        (
            f"{MATRIX}::test_h80_the_table_is_as_it_was_measured",
            f"{MATRIX}::test_h80_nothing_is_lost_in_silence",
            f"{LISTS}::test_h80_faults_together_lose_nothing_in_silence",
        ),
    ),
}


@cache
def functions(file: str) -> frozenset[str]:
    tree = ast.parse(ROOT.joinpath(file).read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
    )


def test_every_case_is_there() -> None:
    assert list(CASES) == list(range(50, 81))


@pytest.mark.parametrize("number", CASES)
def test_its_tests_are_there(number: int) -> None:
    _, tests = CASES[number]
    assert tests
    for test in tests:
        file, _, name = test.partition("::")
        assert name in functions(file), test
