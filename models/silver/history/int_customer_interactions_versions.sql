{{ version_index('customer_interactions', key='interaction_id') }}
