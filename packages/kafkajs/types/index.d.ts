// For the moment the types of kafkajs itself: ours take their place.
export * from "kafkajs";
