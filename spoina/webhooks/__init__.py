"""What other systems (ERP, CRM, mailers) are told of: endpoints, events, deliveries. See service.py and delivering.py."""
