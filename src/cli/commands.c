/* Every subcommand, in the order in which help lists them. */
#include "cli/command.h"

#include <stddef.h>

extern const struct command command_advance;
extern const struct command command_approve;
extern const struct command command_audit;
extern const struct command command_authority_pin;
extern const struct command command_backup;
extern const struct command command_bind;
extern const struct command command_blast_radius;
extern const struct command command_calendar;
extern const struct command command_ceremony_sign;
extern const struct command command_ceremony_submit;
extern const struct command command_certificate_propose;
extern const struct command command_certificate_show;
extern const struct command command_clock_confirm;
extern const struct command command_destroy;
extern const struct command command_endpoint_confirm;
extern const struct command command_endpoint_enroll;
extern const struct command command_endpoint_expel;
extern const struct command command_endpoint_list;
extern const struct command command_explain;
extern const struct command command_genesis_assemble;
extern const struct command command_genesis_plan;
extern const struct command command_genesis_sign;
extern const struct command command_inventory;
extern const struct command command_key_propose;
extern const struct command command_key_show;
extern const struct command command_lift;
extern const struct command command_log_prove;
extern const struct command command_log_show;
extern const struct command command_log_tail;
extern const struct command command_names_publish;
extern const struct command command_ownership_confirm;
extern const struct command command_ownership_show;
extern const struct command command_ownership_take;
extern const struct command command_pending;
extern const struct command command_policy_plan;
extern const struct command command_policy_propose;
extern const struct command command_policy_rules;
extern const struct command command_policy_show;
extern const struct command command_propagation;
extern const struct command command_ratify;
extern const struct command command_reconcile;
extern const struct command command_reconfirm;
extern const struct command command_reject;
extern const struct command command_resign;
extern const struct command command_restore;
extern const struct command command_resume;
extern const struct command command_retire;
extern const struct command command_revoke;
extern const struct command command_revoke_ca;
extern const struct command command_rollover;
extern const struct command command_run;
extern const struct command command_search;
extern const struct command command_show;
extern const struct command command_sign;
extern const struct command command_status;
extern const struct command command_submit;
extern const struct command command_suspend;
extern const struct command command_verify;

const struct command *const commands[] = {
    &command_status,
    &command_pending,
    &command_approve,
    &command_reject,
    &command_show,
    &command_inventory,
    &command_calendar,
    &command_search,
    &command_log_tail,
    &command_log_show,
    &command_log_prove,
    &command_run,
    &command_sign,
    &command_resign,
    &command_bind,
    &command_verify,
    &command_audit,
    &command_policy_show,
    &command_policy_plan,
    &command_policy_propose,
    &command_policy_rules,
    &command_names_publish,
    &command_key_propose,
    &command_key_show,
    &command_certificate_propose,
    &command_certificate_show,
    &command_suspend,
    &command_resume,
    &command_blast_radius,
    &command_revoke,
    &command_propagation,
    &command_revoke_ca,
    &command_ratify,
    &command_advance,
    &command_lift,
    &command_retire,
    &command_destroy,
    &command_rollover,
    &command_ownership_show,
    &command_ownership_confirm,
    &command_ownership_take,
    &command_reconfirm,
    &command_explain,
    &command_reconcile,
    &command_endpoint_list,
    &command_endpoint_enroll,
    &command_endpoint_expel,
    &command_endpoint_confirm,
    &command_clock_confirm,
    &command_authority_pin,
    &command_genesis_plan,
    &command_genesis_sign,
    &command_genesis_assemble,
    &command_ceremony_sign,
    &command_ceremony_submit,
    &command_submit,
    &command_backup,
    &command_restore,
    NULL,
};
