import type { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from "./constants.js";

export interface Acl {
  principal: string;
  host: string;
  operation: AclOperationTypes;
  permissionType: AclPermissionTypes;
}

export interface AclResource {
  resourceType: AclResourceTypes;
  resourceName: string;
  resourcePatternType: ResourcePatternTypes;
}

export type AclEntry = Acl & AclResource;

export type DescribeAclResource = AclResource & { acls: Acl[] };

/** A member that is left out matches everything. */
export interface AclFilter {
  resourceType: AclResourceTypes;
  resourceName?: string;
  resourcePatternType: ResourcePatternTypes;
  principal?: string;
  host?: string;
  operation: AclOperationTypes;
  permissionType: AclPermissionTypes;
}

interface Coded {
  errorCode: number;
  errorMessage?: string;
}

interface Throttled {
  throttleTime: number;
}

export interface DescribeAclResponse extends Throttled, Coded {
  resources: DescribeAclResource[];
}

export interface MatchingAcl extends Coded, Acl, AclResource {}

export interface DeleteAclFilterResponses extends Coded {
  matchingAcls: MatchingAcl[];
}

export interface DeleteAclResponse extends Throttled {
  filterResponses: DeleteAclFilterResponses[];
}
