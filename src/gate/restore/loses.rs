//! What a restore does not bring back.

use super::{commands, is_aurora};
use crate::backup::ResourceKind;
use crate::gate::receipt::{Receipt, ResourceFacts};

pub(super) fn loses(receipt: &Receipt, resource: &ResourceFacts) -> Vec<String> {
    let mut loses = Vec::new();
    if let Some(backup) = &receipt.backup {
        loses.push(match (backup.point, backup.point_is_exact) {
            (Some(point), true) => {
                format!("From the backup: everything written after {point}, the last transaction in it.")
            }
            (Some(point), false) => format!(
                "From the backup: everything written after it was begun at {point}; AWS does not say which transaction \
                 is the last in it."
            ),
            (None, _) => "From the backup: everything written after it; its point is not known.".to_owned(),
        });
    }
    if let Some(moment) = commands::moment(receipt) {
        loses.push(format!("From the automated backups: everything written after {moment}."));
    }
    let what = match resource.kind {
        ResourceKind::Instance => "instance",
        ResourceKind::Cluster => "cluster",
    };
    loses.push(format!("Every database of the {what} goes back, not {} alone.", receipt.binding.database));
    loses.push("Unlogged tables come back empty, if at all.".to_owned());
    loses.push(format!(
        "The new {what} has another resource id: IAM policies for sign-in (`rds-db:connect`) and alarms that name {} do \
         not reach it, and backups made so far are not candidates of its retention.",
        resource.resource_id
    ));
    loses.push(
        "Not in the commands, since they are not recorded: read replicas, an RDS Proxy's target, the maintenance window, \
         enhanced monitoring, associated IAM roles, a password managed by Secrets Manager, storage throughput."
            .to_owned(),
    );
    if is_aurora(resource) {
        loses.push(
            "Aurora: custom endpoints, autoscaling of readers, promotion tiers, parameter groups of the single instances, \
             membership in a global database."
                .to_owned(),
        );
        if commands::is_serverless(&resource.settings) {
            loses.push("Serverless v2: the range of its capacity is not recorded; fill it in.".to_owned());
        }
    }
    let settings = &resource.settings;
    let unknown: Vec<&str> = [
        (settings.class.is_none(), "class"),
        (settings.parameter_group.is_none(), "parameter group"),
        (settings.subnet_group.is_none(), "subnet group"),
        (settings.security_groups.is_empty(), "security groups"),
    ]
    .into_iter()
    .filter_map(|(unknown, what)| unknown.then_some(what))
    .collect();
    if !unknown.is_empty() {
        loses.push(format!(
            "Not known when the receipt was written, so AWS takes its defaults: {}.",
            unknown.join(", ")
        ));
    }
    loses
}
