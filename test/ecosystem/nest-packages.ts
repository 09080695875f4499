const NEST = { 11: "11.2.6", 12: "12.1.1" } as const;

/** The packages of an application with NestJS's transport for Kafka. */
export function nestPackages(major: 11 | 12): readonly string[] {
  return [
    ...["microservices", "core", "common"].map((name) => `@nestjs/${name}@${NEST[major]}`),
    "rxjs@7.8.2",
    "reflect-metadata@0.2.2",
  ];
}
