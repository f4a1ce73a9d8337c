# A role that a GitHub environment may take, with exactly what the gate needs.
#
#   terraform apply -var instance=prod-db -var repository=owner/name

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "instance" {
  type        = string
  description = "DBInstanceIdentifier or DBClusterIdentifier."
}

variable "repository" {
  type        = string
  description = "The repository that deploys: owner/name."
}

variable "environment" {
  type        = string
  default     = "production"
  description = "The GitHub environment whose jobs may take the role."
}

variable "oidc_provider_arn" {
  type        = string
  default     = ""
  description = "The account's OIDC provider of GitHub. Empty makes one; an account can have only one."
}

data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
data "aws_region" "here" {}

locals {
  rds      = "arn:${data.aws_partition.here.partition}:rds:${data.aws_region.here.name}:${data.aws_caller_identity.here.account_id}"
  kms      = "arn:${data.aws_partition.here.partition}:kms:${data.aws_region.here.name}:${data.aws_caller_identity.here.account_id}"
  provider = var.oidc_provider_arn != "" ? var.oidc_provider_arn : aws_iam_openid_connect_provider.github[0].arn
}

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.oidc_provider_arn == "" ? 1 : 0
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [local.provider]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }
    # Jobs of this environment alone: its rules (reviewers, branches) decide who deploys.
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:${var.repository}:environment:${var.environment}"]
    }
  }
}

data "aws_iam_policy_document" "gate" {
  statement {
    sid = "SeeInstancesAndSnapshots"
    actions = [
      "rds:DescribeAccountAttributes",
      "rds:DescribeDBClusterEndpoints",
      "rds:DescribeDBClusterSnapshotAttributes",
      "rds:DescribeDBClusterSnapshots",
      "rds:DescribeDBClusters",
      "rds:DescribeDBInstances",
      "rds:DescribeDBProxies",
      "rds:DescribeDBProxyTargets",
      "rds:DescribeDBSnapshotAttributes",
      "rds:DescribeDBSnapshots",
    ]
    resources = ["*"]
  }
  statement {
    sid       = "MakeSnapshotsOfThisInstance"
    actions   = ["rds:CreateDBSnapshot"]
    resources = ["${local.rds}:db:${var.instance}", "${local.rds}:snapshot:tidegate-*"]
  }
  statement {
    sid       = "MakeSnapshotsOfThisCluster"
    actions   = ["rds:CreateDBClusterSnapshot"]
    resources = ["${local.rds}:cluster:${var.instance}", "${local.rds}:cluster-snapshot:tidegate-*"]
  }
  statement {
    sid = "TagAndDeleteOnlySnapshotsNamedTidegate"
    actions = [
      "rds:AddTagsToResource",
      "rds:RemoveTagsFromResource",
      "rds:DeleteDBSnapshot",
      "rds:DeleteDBClusterSnapshot",
    ]
    resources = ["${local.rds}:snapshot:tidegate-*", "${local.rds}:cluster-snapshot:tidegate-*"]
  }
  statement {
    sid       = "SeeTheStateOfTheKey"
    actions   = ["kms:DescribeKey"]
    resources = ["${local.kms}:key/*"]
  }
}

resource "aws_iam_role" "gate" {
  name                 = "tidegate-${var.instance}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "gate" {
  name   = "tidegate"
  role   = aws_iam_role.gate.id
  policy = data.aws_iam_policy_document.gate.json
}

output "role_arn" {
  value = aws_iam_role.gate.arn
}
