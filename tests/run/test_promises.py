"""What docs/run.md promises, sentence by sentence, and the tests that attack it.

A promise that the page no longer makes, or a test that is no longer there, fails; so does a section
of the page, or a code that it names, without a promise here.
"""

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.requirement("R31", "R46", "R47")

APPLY, APPROVAL, BACKUP, CANARY = (
    "run/test_apply",
    "run/test_approval",
    "run/test_backup",
    "run/test_canary",
)
PAGE, GIT, NAMES, PIN, RECORD = (
    "run/test_canary_page",
    "run/test_git",
    "run/test_names",
    "run/test_pin",
    "run/test_record",
)
ROLLBACK, SAMPLING, SIGNING, STATUS = (
    "run/test_rollback",
    "run/test_sampling",
    "run/test_signing",
    "run/test_status",
)
VERIFY, REPORT, COMMANDS, ENDS, MISSING = (
    "run/test_verify",
    "run/test_report",
    "cli/test_run",
    "run/test_dead_ends",
    "run/test_missing",
)

PROMISES: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {
    "The run over a repository": {
        "Nothing is lost, nothing is half-written, and everything can be undone to the byte.": (
            ("transaction/test_faults", "one_fault_at_every_call"),
            ("transaction/test_power", "nothing_is_lost_or_mixed"),
            (APPLY, "modes_are_kept_and_come_back"),
        ),
        "says how far a run has come, at any time and after any crash.": (
            (STATUS, "whatever_lies_in_the_audits_it_is_told_and_nothing_breaks"),
            (APPLY, "after_an_interruption_every_step_names_the_way_out"),
        ),
        "A step that is started too early names the missing step and its command.": (
            (STATUS, "a_step_out_of_order_names_the_missing_one_and_its_command"),
            (COMMANDS, "a_step_out_of_order_names_the_missing_one"),
        ),
        "Before `canary --write` or `apply`, a run does not write to manifests.": (
            (CANARY, "without_write_no_manifest_changes"),
            (APPLY, "nothing_is_written_without_an_approval"),
        ),
    },
    "From pin to report": {
        "shows only lines with stars.": ((COMMANDS, "only_lines_of_stars_differ"),),
    },
    "The files of a run": {
        "which `sha256sum --check` reads": ((BACKUP, "sha256sum_confirms_the_list"),),
        "is added to `.git/info/exclude`.": (
            (BACKUP, "git_does_not_see_backups_and_no_tracked_file_changes"),
        ),
        "A run has the name of its rule set": (
            (NAMES, "files_are_called_after_the_rule_set"),
            (NAMES, "what_cannot_begin_the_name_of_a_file_is_refused"),
        ),
        "of one do not affect those of another.": (
            (NAMES, "two_configs_run_side_by_side"),
            (NAMES, "what_another_config_has_stopped_is_named_with_its_config"),
        ),
        "without it, the second run is refused ([E936](codes/E936.md)).": (
            (NAMES, "two_configs_of_one_name_are_told_apart"),
        ),
        "Runs are numbered in the order of their backups, regardless of the clock.": (
            (BACKUP, "backups_are_in_the_order_in_which_they_were_made"),
            (BACKUP, "a_backup_that_came_by_a_commit_is_none"),
        ),
    },
    "Before it begins": {
        "while the canon of the rules and its copies differ ([E978](codes/E978.md)).": (
            (PIN, "nothing_is_pinned_while_a_copy_of_the_canon_differs"),
        ),
        "is pinned under its file name": (
            (PIN, "copies_of_the_canon_are_pinned_under_their_names"),
        ),
        "A difference that may stay gets an entry with a reason": (
            (PIN, "an_entry_for_the_canon_holds_until_its_day"),
        ),
        "prints the entries to write.": (
            (COMMANDS, "guards_that_backup_lists_are_folded_with_the_entries_to_write"),
            ("acceptance/test_messages_alone", "messages_lead_from_pin_to_a_verified_run"),
        ),
    },
    "When a step refuses": {
        "prints what it found, folded": (
            (COMMANDS, "findings_of_a_check_are_folded_and_summed_up"),
        ),
        "`--limit 0` all of them.": (
            (COMMANDS, "no_limit_lists_every_finding_with_file_and_line"),
        ),
        "there is one line for each check that failed": (
            (COMMANDS, "verify_sums_up_each_check_that_fails_and_no_other"),
            (COMMANDS, "a_gate_that_no_check_closes_is_summed_up_by_code"),
        ),
        "A single finding has all of that in itself, and nothing follows it.": (
            (COMMANDS, "one_finding_is_not_summed_up"),
        ),
        "Each command that a message names can be typed as it is": (
            (COMMANDS, "messages_repeat_the_config_that_was_given"),
            (ENDS, "every_message_leads_on"),
            (ENDS, "a_disk_that_fills_during_a_step_leads_on"),
        ),
    },
    "The plan of a run": {
        "so it stays the same while it is being applied.": (
            (APPLY, "the_rest_is_written_after_the_canary"),
            (VERIFY, "a_backup_after_the_run_is_not_what_the_run_is_held_against"),
        ),
        "the next step refuses and says what changed": (
            (PIN, "what_changed_is_named_with_what_it_means"),
            (APPROVAL, "another_plan_voids_it_and_names_what_would_change"),
            (BACKUP, "manifests_that_changed_since_the_backup_are_named"),
        ),
        "Its digest covers the drafts, the second digest every byte that is written": (
            (MISSING, "a_plan_has_what_would_be_made_and_its_digest_binds_the_bytes"),
        ),
        "`apply` makes and changes them as one transaction, and `rollback` removes what was made": (
            (MISSING, "one_run_makes_and_changes_and_takes_both_back"),
        ),
        "`canary` refuses ([E882](codes/E882.md))": (
            (MISSING, "what_happens_between_backup_and_approval_is_seen"),
        ),
    },
    "The canary": {
        "from every top-level directory its share, and at least one manifest": (
            (SAMPLING, "every_directory_has_its_share"),
        ),
        "from each critical prefix its share.": (
            (SAMPLING, "a_critical_prefix_is_topped_up_to_its_share"),
        ),
        "It includes at least ten percent of the manifests that change": (
            (SAMPLING, "it_shows_what_changes_and_what_does_not"),
        ),
        "nobody can influence the choice.": (
            (SAMPLING, "the_order_of_the_paths_changes_nothing"),
            (SAMPLING, "what_is_added_elsewhere_changes_no_choice_in_a_directory"),
        ),
        "Its page begins with what has to be decided": (
            (PAGE, "the_first_screen_says_what_there_is_to_decide"),
            (PAGE, "a_check_that_fails_is_named_first"),
        ),
        "A report that replaces another one says what is new.": (
            (CANARY, "it_says_what_is_new_since_the_report_before"),
        ),
        "Both are what was found when the report was made": (
            (CANARY, "code_that_changes_after_the_report_voids_nothing"),
        ),
        "However much a run changes, the page stays below 2 MB": (
            (PAGE, "a_page_stays_small_however_much_changes"),
        ),
        "writes what changes in the canary and nothing else": (
            (CANARY, "with_write_only_the_canary_changes"),
        ),
        "Target shares of stars are a goal, and do not limit a run": (
            (CANARY, "shares_are_shown_and_limit_nothing"),
        ),
    },
    "The approval": {
        "takes the first digits of the plan's digest.": (
            (APPROVAL, "whoever_approves_has_to_name_the_plan"),
        ),
        "and `starlang status` prints it.": (
            (STATUS, "who_is_to_approve_is_given_the_command_to_type"),
        ),
        "they refuse and name the file ([E971](codes/E971.md)).": (
            (RECORD, "what_was_taken_out_of_the_report_is_noticed_by_every_step"),
            (RECORD, "each_file_is_made_again_and_compared"),
            (APPROVAL, "no_byte_of_the_report_can_be_changed_afterwards"),
        ),
        "it must be the same in all three files": (
            (RECORD, "whoever_made_it_elsewhere_may_differ_in_all_three_alike"),
        ),
        "so nobody can change them afterwards": (
            (CANARY, "code_that_changes_after_the_report_voids_nothing"),
            (APPROVAL, "no_byte_of_the_report_can_be_changed_afterwards"),
        ),
        "so every clone that has the file has the identity, including shallow clones.": (
            (APPROVAL, "the_identity_of_a_repository_is_chosen_once"),
            (APPROVAL, "a_clone_has_what_an_approval_is_bound_to"),
        ),
        "an input or a manifest ([E960](codes/E960.md))": (
            (APPROVAL, "what_it_was_made_from_voids_it_by_name"),
        ),
        "a word of the approval itself ([E962](codes/E962.md))": (
            (APPROVAL, "no_line_of_it_can_be_changed"),
            (APPROVAL, "no_byte_of_it_can_be_changed"),
        ),
        "or anything else that it is for ([E963](codes/E963.md)).": (
            (APPROVAL, "it_is_not_for_another_repository"),
        ),
        "characters that are invisible or reverse the direction of the text after them "
        "([W976](codes/W976.md))": (
            (RECORD, "what_deceives_the_eye_is_shown_escaped_and_named"),
            (CANARY, "hostile_names_and_values_stay_text"),
        ),
        "that look like other letters ([W977](codes/W977.md)).": (
            (RECORD, "what_could_be_read_as_something_else_is_escaped"),
        ),
        "An approver's name may contain neither ([E967](codes/E967.md)).": (
            (RECORD, "an_approver_is_named_in_letters_that_pass_for_no_others"),
            (APPROVAL, "a_name_is_one_line"),
        ),
        "they have the strictest mode of the inputs and manifests that they quote.": (
            (RECORD, "reports_are_as_secret_as_what_they_quote"),
            (RECORD, "reports_go_by_the_umask"),
        ),
        "it survives another commit, a merge, a detached HEAD or a second `canary` with the same "
        "plan.": (
            (APPROVAL, "what_git_does_around_it_keeps_it"),
            (APPROVAL, "an_identical_plan_keeps_it"),
        ),
        "binds it to the branch on which it was made.": (
            (APPROVAL, "a_config_may_bind_it_to_its_branch"),
        ),
        "which is at most `days`.": (
            (APPROVAL, "nobody_approves_for_longer_than_the_config_allows"),
        ),
        "Times in an impossible order are refused ([E964](codes/E964.md)), and so are expired "
        "approvals.": (
            (APPROVAL, "times_that_cannot_be_are_refused_though_the_sum_is_right"),
            (APPROVAL, "it_expires"),
            (APPROVAL, "one_from_the_future_is_refused"),
        ),
        "An approval is valid for one run ([E965](codes/E965.md)).": (
            (APPROVAL, "it_is_good_for_one_run"),
            (APPROVAL, "it_is_used_even_if_the_run_has_been_forgotten"),
            (RECORD, "a_spent_approval_is_recorded_in_what_is_committed"),
            (RECORD, "an_approval_for_a_later_run_than_the_next_is_refused"),
        ),
        "so the approval can be used once more there. `apply` says so.": (
            (RECORD, "apply_says_what_other_clones_cannot_know"),
        ),
        "`status` and `verify` say which ([E974](codes/E974.md)), and `apply` restores it.": (
            (RECORD, "after_the_run_every_change_is_noticed_and_put_right"),
        ),
        "if the work tree from before the run has been moved ([E975](codes/E975.md)).": (
            (RECORD, "after_the_run_a_work_tree_that_was_moved_is_noticed"),
        ),
        "that is a warning ([W973](codes/W973.md))": (
            (SIGNING, "without_signatures_approving_ones_own_plan_is_a_warning"),
        ),
        "the approval is refused ([E973](codes/E973.md)).": (
            (SIGNING, "a_config_may_refuse_that_and_a_branch_cannot_allow_it"),
        ),
    },
    "Signatures": {
        "signatures for any other purpose do not count": (
            (SIGNING, "a_signature_for_another_purpose_does_not_count"),
            (SIGNING, "a_signature_of_another_text_does_not_count"),
        ),
        "since nobody may approve their own plan.": (
            (SIGNING, "nobody_approves_a_plan_of_his_own"),
        ),
        "which proves who made it ([E972](codes/E972.md)).": (
            (SIGNING, "saying_that_somebody_else_made_it_does_not_help"),
        ),
        "the exact name is listed, the key belongs to that name only, and maker and approver have "
        "different names and different keys ([E966](codes/E966.md)).": (
            (SIGNING, "a_key_speaks_for_its_owner_alone"),
            (SIGNING, "a_key_under_two_names_is_nobodys"),
            (SIGNING, "only_plain_entries_are_taken"),
        ),
        "may make plans but not approve them.": (
            (SIGNING, "somebody_who_may_only_make_plans_cannot_approve_one"),
        ),
        "so a pull request cannot switch them off": (
            (SIGNING, "a_branch_cannot_switch_signatures_off"),
            (SIGNING, "without_a_remote_all_branches_have_to_agree"),
            (SIGNING, "replaced_objects_are_not_believed"),
            (SIGNING, "what_is_not_committed_decides_nothing"),
        ),
        "whatever its name and whichever one `--config` names.": (
            (SIGNING, "a_config_of_another_name_does_not_switch_them_off"),
        ),
        "approvals are refused until somebody names the base ([E968](codes/E968.md)).": (
            (SIGNING, "a_checkout_without_the_default_branch_assumes_nothing"),
            (SIGNING, "a_remote_that_disagrees_has_to_be_chosen"),
            (SIGNING, "a_base_of_two_meanings_is_refused"),
        ),
        "to a TOML file outside the repository": (
            (SIGNING, "a_file_outside_of_the_repository_may_say_it"),
            (SIGNING, "one_inside_of_the_repository_is_refused"),
        ),
        "the report then need not be signed.": ((SIGNING, "a_file_outside_may_name_the_author"),),
    },
    "While it is applied": {
        "If one is not as planned, nothing is written ([E923](codes/E923.md)).": (
            (APPLY, "one_that_is_edited_while_all_are_looked_at_is_stale"),
            (APPLY, "of_many_manifests_that_are_stale_each_is_named"),
            (GIT, "what_even_root_cannot_replace_is_found_before_anything_is_written"),
        ),
        "their version is put back, and every other manifest is restored too "
        "([E924](codes/E924.md)).": (
            (APPLY, "one_that_is_saved_while_others_are_written_is_kept_and_they_come_back"),
            ("transaction/test_races", "no_save_of_an_editor_is_lost"),
        ),
        "the lock of the git index keeps out `git checkout` and other git commands.": (
            (APPLY, "git_is_kept_out_while_manifests_are_written"),
        ),
        "everything is undone, including the canary ([E932](codes/E932.md)).": (
            (APPLY, "what_does_not_hold_is_taken_back_with_its_canary"),
            (COMMANDS, "what_ends_without_a_change_says_so_and_can_be_repeated"),
        ),
        "the next command says so ([E922](codes/E922.md)).": (
            (APPLY, "after_an_interruption_every_step_names_the_way_out"),
            (COMMANDS, "whoever_types_control_c_is_told_how_to_go_on"),
        ),
        "Afterwards either all manifests are new, or all are old.": (
            (APPLY, "what_was_interrupted_is_finished_or_undone"),
            ("transaction/test_kills", "a_kill_at_every_call_is_survived"),
        ),
        "order, white space, line ends, escapes and numbers stay as they are.": (
            ("manifests/test_rewriting", "only_the_stars_change"),
            ("manifests/test_rewriting", "corpus_manifests_keep_every_other_byte"),
        ),
        "Progress is reported in manifests and bytes.": (
            (APPLY, "progress_is_reported_by_manifests_and_bytes"),
        ),
    },
    "What `verify` compares": {
        "none of the fields to compare was found ([E985](codes/E985.md))": (
            (VERIFY, "a_field_that_is_nowhere_is_no_pass"),
            (VERIFY, "a_facet_that_the_profile_does_not_have_is_no_pass"),
        ),
        "an entry without a finding fails": ((VERIFY, "a_known_finding_that_has_gone_is_named"),),
        "even if the schema allows other versions": (
            (VERIFY, "the_schema_version_is_locked_whatever_the_schema_allows"),
        ),
        "a floor was missed before the run, and no promotion has made it worse": (
            (VERIFY, "a_floor_that_was_missed_before_the_run_does_not_hold"),
        ),
        "counted from the stars that modules have gained": (
            (VERIFY, "limits_are_counted_from_the_files"),
        ),
        "Everything is computed from the files": (
            (VERIFY, "what_differs_is_named"),
            (VERIFY, "a_manifest_that_came_or_went_is_named"),
            (VERIFY, "what_starlang_keeps_may_be_gone_and_the_run_is_verified_all_the_same"),
        ),
        "`verify` exits with 3 if a check fails.": (
            (COMMANDS, "verify_says_three_where_something_differs"),
        ),
        "`status` names what was not checked": (
            (VERIFY, "without_a_schema_nobody_says_that_everything_held"),
        ),
    },
    "What is reported": {
        "the same run gives the same bytes": (
            (REPORT, "the_same_run_gives_the_same_bytes_whoever_asks_and_when"),
        ),
        "a text that a spreadsheet would run as a formula begins with an apostrophe.": (
            (REPORT, "promotions_are_read_alike_by_two_parsers_and_run_nowhere"),
        ),
        "Everything outside of them stays as it is, to the byte.": (
            (REPORT, "text_outside_of_the_markers_keeps_every_byte"),
        ),
        "leaves the document alone, and exits with 3 ([W993](codes/W993.md)).": (
            (REPORT, "without_markers_the_two_lines_are_shown"),
        ),
    },
    "Taking it back": {
        "bytes, modes and times, newest change first, verified by digest.": (
            (APPLY, "modes_are_kept_and_come_back"),
            (APPLY, "a_rollback_takes_the_backup_where_its_own_copy_is_gone"),
        ),
        "It says which run that is": ((ROLLBACK, "it_says_which_run_and_what_it_has_changed"),),
        "It needs no rules and no approval.": (
            (NAMES, "a_run_is_found_after_its_rule_set_has_another_name_and_its_rules_an_error"),
        ),
        "with `--force`, it is restored, too, and the edited contents are kept.": (
            (COMMANDS, "what_was_edited_since_is_left_and_then_forced"),
            (COMMANDS, "by_force_everything_comes_back_and_the_edit_is_kept"),
        ),
        "The rollback can be repeated until nothing of the run is left.": (
            (ROLLBACK, "a_rollback_may_be_asked_for_until_nothing_is_left"),
        ),
        "It can also be repeated whenever git has brought something of it back.": (
            ("generate/test_generate", "what_git_brings_back_after_a_rollback_is_removed_again"),
        ),
        "On a branch that does not have the run, it says so and changes nothing.": (
            (ROLLBACK, "on_a_branch_without_the_run_nothing_is_claimed_and_it_is_not_used_up"),
        ),
        "is undone only by its name": ((ROLLBACK, "an_older_run_is_undone_only_by_its_name"),),
        "the later run must be undone first ([E937](codes/E937.md)).": (
            (ROLLBACK, "a_run_that_a_later_one_has_written_over_waits_for_that_one"),
        ),
    },
    "For those who know the procedure of phase 4": {
        "which `starlang init` sets to `phase4` if the rules were [imported](import.md)": (
            ("cli/test_init", "after_an_import_it_takes_the_rules_that_are_there"),
        ),
    },
    "What is left behind": {
        "unfinished runs, the last run that was written": (
            (COMMANDS, "old_runs_are_listed_and_then_removed"),
            (COMMANDS, "an_unfinished_run_is_kept_by_cleaning"),
        ),
        "every backup needed to roll back a run that is kept.": (
            (COMMANDS, "a_run_that_is_written_can_be_rolled_back_after_cleaning"),
        ),
    },
}
"""Section -> what it promises, as the page says it -> the tests that try to break it."""


def sections(page: str) -> dict[str, str]:
    """Title -> text, with line ends as spaces; a deeper title belongs to the one above it."""
    _, *parts = re.split(r"(?m)^##? ", page)
    found = {}
    for part in parts:
        title, _, text = part.partition("\n")
        found[title] = " ".join(text.split())
    return found


@pytest.fixture(scope="module")
def page(project_root: Path) -> dict[str, str]:
    return sections((project_root / "docs" / "run.md").read_text("utf-8"))


@pytest.mark.parametrize("section", PROMISES)
def test_each_promise_is_made_and_attacked(
    project_root: Path, page: dict[str, str], section: str
) -> None:
    missing = [promise for promise in PROMISES[section] if promise not in page[section]]
    assert missing == []
    for promise, tests in PROMISES[section].items():
        assert tests, promise
        for file, name in tests:
            tree = ast.parse((project_root / "tests" / f"{file}.py").read_bytes())
            names = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
            assert f"test_{name}" in names, (file, name)


def test_no_section_and_no_code_of_the_page_is_left_out(page: dict[str, str]) -> None:
    assert list(PROMISES) == list(page)
    for section, text in page.items():
        promised = re.findall(r"codes/([EW][0-9]+)", " ".join(PROMISES[section]))
        assert set(re.findall(r"codes/([EW][0-9]+)", text)) == set(promised), section
