"""The broker of one machine: Mosquitto where it is installed, the embedded amqtt else."""
